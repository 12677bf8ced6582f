import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { findShared } from "../../../test/shared-folder.ts";
import type { Window } from "../assemble/assemble-window.ts";
import { readConversation } from "../conversation/read/read-conversation.ts";
import { findRuleFaults } from "../rules/find-rule-faults.ts";
import { openMemory } from "./open-memory.ts";
import type { WindowOptions } from "./window-options.ts";

/** Tests of the small inputs that once gave invalid windows; without the shared folder they are skipped. */
const folder = findShared("cases/window");

interface MadeWindow extends Window {
  readonly faults: readonly string[];
}

/** Returns the window of a case at a budget, with the faults that its history does not have. */
async function windowOf(name: string, options: WindowOptions): Promise<MadeWindow> {
  const conversation = readConversation(readFileSync(`${folder ?? ""}/${name}.json`));
  const memory = await openMemory({ model: "gpt-4o", clock: () => 1_700_000_000_000 });
  const thread = await memory.thread("t");
  await thread.append(conversation);
  const window = await thread.window(options);
  const history = conversation.messages.map((message) => JSON.parse(message.json) as unknown);
  const { alternate = false } = options;
  const known = new Set(
    findRuleFaults(conversation.format, history, { history, alternate }).map(({ rule }) => rule),
  );
  const found = findRuleFaults(conversation.format, window.messages, { history, alternate });
  const fresh = found.filter(({ rule }) => !known.has(rule));
  await memory.close();
  return Object.assign(Object.create(window) as Window, {
    faults: fresh.map(({ rule, message }) => `${rule} ${message}`),
  });
}

/** Returns what each message of a window is: its number, or the kind of our own. An asterisk marks an edited one. */
function outline(window: Window): string {
  return window.parts.map(({ handle, kind }) => `${handle ?? kind}${kind === "edited" ? "*" : ""}`).join(" ");
}

/** The exact windows: what each message is, by case and budget. */
const outcomes: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  "30-thinking-whitespace-text": { 2_600: "#0 stub #18 #20 #21* #22 #24" },
  "31-responses-reasoning-ids": {
    900: "#0 stub #72",
    1_200: "#0 stub #71* #72",
    1_800: "#0 stub #66 #68* #69 #71* #72",
    2_600: "#0 stub #65* #66 #68* #69 #71* #72",
  },
  "32-responses-compaction-item": {
    700: "#0 #1 stub #30",
    1_000: "#0 #1 stub #30",
    2_000: "#0 #1 stub #28 #29 #30",
  },
  "33-kimi-reasoning-content": { 400: "#0 #1 stub #41", 800: "#0 #1 stub #41", 1_600: "#0 #1 stub #40 #41" },
  "37-ai-sdk-approval": {
    300: "#0 stub #60 #61 #62",
    400: "#0 stub #60 #61 #62",
    500: "#0 stub #60 #61 #62",
    600: "#0 stub #60 #61 #62",
    700: "#0 stub #60 #61 #62",
  },
  "41-tool-result-with-text": { 1_500: "#0 stub #17 #18 #19 #20" },
  "42-first-message-assistant": {
    68: "stub #4",
    72: "stub #4",
    76: "stub #4",
    80: "stub #4",
    84: "stub #3 #4",
  },
};

describe.skipIf(folder === undefined)("cases of invalid windows", () => {
  test.each(
    Object.entries(outcomes).flatMap(([name, byBudget]) =>
      Object.entries(byBudget).map(([budget, expected]) => [name, Number(budget), expected] as const),
    ),
  )("%s at %d tokens is %s", async (name, budgetTokens, expected) => {
    const tail = name.startsWith("42") ? { protectTail: 2 } : {};
    expect(outline(await windowOf(name, { budgetTokens, ...tail }))).toBe(expected);
  });

  test("30: a message of thinking and white space leaves as a whole", async () => {
    const window = await windowOf("30-thinking-whitespace-text", { budgetTokens: 2_600 });
    expect(window.faults).toEqual([]);
    expect(window.json).not.toContain('"text":"\\n\\n"}]}');
    expect(window.tokens).toBeLessThanOrEqual(2_600);
  });

  test.each([900, 1_200, 1_800, 2_600])(
    "31 at %d tokens: items whose reasoning left lose their ids",
    async (budgetTokens) => {
      const window = await windowOf("31-responses-reasoning-ids", { budgetTokens });
      expect(window.faults).toEqual([]);
      expect(window.tokens).toBeLessThanOrEqual(budgetTokens);
    },
  );

  test.each([700, 1_000, 2_000])("32 at %d tokens: the compaction item stays", async (budgetTokens) => {
    const window = await windowOf("32-responses-compaction-item", { budgetTokens });
    expect(window.faults).toEqual([]);
    expect(window.parts.map(({ handle }) => handle)).toContain("#1");
  });

  test.each([400, 800, 1_600])("33 at %d tokens: reasoning_content of calls stays", async (budgetTokens) => {
    const window = await windowOf("33-kimi-reasoning-content", { budgetTokens });
    expect(window.faults).toEqual([]);
    for (const message of window.messages as readonly Record<string, unknown>[])
      if (message["tool_calls"] !== undefined) expect(message["reasoning_content"]).toBeTypeOf("string");
  });

  test.each([300, 400, 500, 600, 700])(
    "37 at %d tokens: call, approval and result stay together",
    async (budgetTokens) => {
      const window = await windowOf("37-ai-sdk-approval", { budgetTokens });
      expect(window.faults).toEqual([]);
    },
  );

  test("41: nothing comes between the call and its result, and the task stays", async () => {
    const window = await windowOf("41-tool-result-with-text", { budgetTokens: 1_500 });
    expect(window.faults).toEqual([]);
    expect(window.json).toContain("8443");
    expect(outline(window)).toMatch(/^#0 stub .*#18 #19 #20\*?$/);
  });

  test.each([68, 72, 76, 80, 84])(
    "42 at %d tokens: the window begins with a user message",
    async (budgetTokens) => {
      const name = "42-first-message-assistant";
      for (const alternate of [false, true]) {
        const window = await windowOf(name, { budgetTokens, protectTail: 2, alternate });
        expect(window.faults).toEqual([]);
        expect(window.tokens).toBeLessThanOrEqual(budgetTokens);
        expect(window.messages[0]).toMatchObject({ role: "user" });
      }
    },
  );

  test.each([
    [20, "#0"],
    [100, "#0 #1 #2 #3"],
    [1_000, "#0 #1 #2 #3"],
  ])("43 at %d tokens: calls from code stay or leave with the code", async (budgetTokens, expected) => {
    const window = await windowOf("43-anthropic-programmatic-tools", { budgetTokens });
    expect(window.faults).toEqual([]);
    expect(outline(window)).toBe(expected);
  });

  test("45: an orphan result at the start is left out and reported", async () => {
    const window = await windowOf("45-orphan-first", { budgetTokens: 1_000 });
    expect(window.faults).toEqual([]);
    expect(outline(window)).toBe("#1 #2");
    expect(window.repairs).toEqual([{ kind: "left-out", handle: "#0", callId: "gone" }]);
  });
});

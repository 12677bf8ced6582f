import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Window } from "../assemble/assemble-window.ts";
import { agentConversation, longConversation } from "./agent-conversation.fixture.ts";
import type { FixtureMessage } from "./agent-conversation.fixture.ts";
import type { Line } from "./line.ts";
import { openMemory } from "./open-memory.ts";

async function newLine(): Promise<Line> {
  const memory = await openMemory({ model: "gpt-4o", prices: "anthropic", clock: () => 1_700_000_000_000 });
  return memory.line("b-line");
}

/** Replays a conversation: a window before every answer. */
async function windowsOf(
  line: Line,
  messages: readonly FixtureMessage[],
  budgetTokens: number,
): Promise<Window[]> {
  const windows: Window[] = [];
  for (const [index, message] of messages.entries()) {
    if (message["role"] === "assistant") windows.push(await line.window({ budgetTokens, overflow: "least" }));
    await line.append([message], index === 0 ? {} : { after: `#${index - 1}` });
  }
  return windows;
}

const budgets = fc.integer({ min: 60, max: 2_500 });

describe("a line under a budget", () => {
  test("nothing is lost: every entry comes back byte for byte", async () => {
    await fc.assert(
      fc.asyncProperty(agentConversation(), budgets, async (messages, budget) => {
        const line = await newLine();
        await windowsOf(line, messages, budget);
        for (const [seq, message] of messages.entries()) {
          const [entry] = await line.expand(`#${seq}`);
          expect(entry?.json).toBe(JSON.stringify(message));
        }
      }),
      { numRuns: 40, seed: 11 },
    );
  });

  test("never over the budget, unless what must stay is", async () => {
    await fc.assert(
      fc.asyncProperty(agentConversation(), budgets, async (messages, budget) => {
        const windows = await windowsOf(await newLine(), messages, budget);
        for (const window of windows)
          if (!window.overBudget) expect(window.tokens).toBeLessThanOrEqual(budget);
      }),
      { numRuns: 60, seed: 12 },
    );
  });

  test("never over the budget with factors that were learned, different for each kind", async () => {
    await fc.assert(
      fc.asyncProperty(
        agentConversation(),
        fc.integer({ min: 300, max: 2_500 }),
        async (messages, budget) => {
          const line = await newLine();
          await line.append([{ role: "user", content: "words ".repeat(200) }]);
          for (const factor of [1.2, 1.3, 1.25]) {
            const { tokens } = await line.window({ budgetTokens: 1_000_000 });
            await line.reportUsage({ inputTokens: Math.round(tokens * factor) });
          }
          await line.append(messages.slice(0, 4), { after: "#0" });
          const { tokens } = await line.window({ budgetTokens: 1_000_000 });
          await line.reportUsage({ inputTokens: Math.round(tokens * 1.8) });
          await line.append(messages.slice(4), { after: "#4" });
          const window = await line.window({ budgetTokens: budget, overflow: "least" });
          if (!window.overBudget) expect(window.tokens).toBeLessThanOrEqual(budget);
        },
      ),
      { numRuns: 60, seed: 17 },
    );
  });

  test("the prefix is stable but for recorded edits", async () => {
    await fc.assert(
      fc.asyncProperty(agentConversation(), budgets, async (messages, budget) => {
        const windows = await windowsOf(await newLine(), messages, budget);
        for (const [index, window] of windows.entries()) {
          const before = windows[index - 1];
          if (before === undefined || window.edits.length > 0) continue;
          const jsons = window.parts.map((part) => part.json);
          expect(jsons.slice(0, before.parts.length)).toEqual(before.parts.map((part) => part.json));
        }
      }),
      { numRuns: 60, seed: 13 },
    );
  });

  test("tool calls and their results never part", async () => {
    await fc.assert(
      fc.asyncProperty(agentConversation(), budgets, async (messages, budget) => {
        for (const window of await windowsOf(await newLine(), messages, budget)) {
          const calls = new Set<unknown>();
          const results = new Set<unknown>();
          for (const message of window.messages as readonly FixtureMessage[]) {
            for (const call of (message["tool_calls"] ?? []) as readonly FixtureMessage[])
              calls.add(call["id"]);
            if (message["role"] === "tool") results.add(message["tool_call_id"]);
          }
          expect(results).toEqual(calls);
        }
      }),
      { numRuns: 60, seed: 14 },
    );
  });

  test("undoing every edit restores the bytes", async () => {
    await fc.assert(
      fc.asyncProperty(agentConversation(), fc.integer({ min: 100, max: 600 }), async (messages, budget) => {
        const line = await newLine();
        await windowsOf(line, messages, budget);
        for (const edit of await line.edits()) await line.undo(edit.number);
        const window = await line.window({ budgetTokens: 10_000_000, recallShare: 0, expectedTurns: 0 });
        expect(window.json).toBe(`[${messages.map((message) => JSON.stringify(message)).join(",")}]`);
      }),
      { numRuns: 40, seed: 15 },
    );
  });

  test("appending is idempotent, in any pieces and as a whole history", async () => {
    await fc.assert(
      fc.asyncProperty(agentConversation(), fc.nat(), async (messages, cut) => {
        const line = await newLine();
        const at = 1 + (cut % messages.length);
        await line.append(messages.slice(0, at));
        const again = await line.append(messages.slice(0, at));
        expect(again.handles).toEqual([]);
        const rest = await line.append(messages);
        expect(rest.known).toBe(at);
        expect((await line.append(messages)).handles).toEqual([]);
        expect(await line.length()).toBe(messages.length);
      }),
      { numRuns: 60, seed: 16 },
    );
  });

  test("a larger budget never recalls less", async () => {
    const line = await newLine();
    await line.append(longConversation(40));
    let before = new Set<string>();
    for (const budgetTokens of [0, 100, 200, 400, 800, 1_600, 6_400]) {
      const { items, tokens } = await line.recall("what was value_17_3 in file_6?", { budgetTokens });
      expect(tokens).toBeLessThanOrEqual(budgetTokens);
      const found = new Set(items.map((item) => `${item.seq}:${item.text}`));
      for (const item of before) expect(found).toContain(item);
      before = found;
    }
    expect(before.size).toBeGreaterThan(3);
  });
});

describe("a line", () => {
  test("a history that parts becomes a fork that shares its past and its edits", async () => {
    const line = await newLine();
    const messages = longConversation(30);
    await line.append(messages);
    const window = await line.window({ budgetTokens: 2_000 });
    expect(window.edits.length).toBeGreaterThan(0);
    const other = { role: "user", content: "another way" };
    const { line: fork, forked, known } = await line.append([...messages.slice(0, -1), other]);
    expect({ forked, known }).toEqual({ forked: true, known: messages.length - 1 });
    expect(await fork.length()).toBe(messages.length);
    expect(await line.length()).toBe(messages.length);
    const [shared] = await fork.expand("#3");
    expect(shared?.json).toBe(JSON.stringify(messages[3]));
    const forkWindow = await fork.window({ budgetTokens: 2_000 });
    expect(forkWindow.json).toContain("another way");
  });

  test("pinned entries stay, and explain says what happened to the others", async () => {
    const line = await newLine();
    const messages = longConversation(30);
    await line.append(messages);
    await line.pin("#3");
    const window = await line.window({ budgetTokens: 2_500 });
    expect(window.parts.map((part) => part.handle)).toContain("#3");
    expect((await line.explain("#3"))[0]).toMatchObject({ state: "whole", pinned: true, edits: [] });
    const [gone] = await line.explain("#8");
    expect(gone).toMatchObject({ state: "out", pinned: false });
    expect(gone?.edits.at(-1)?.why).toMatch(/left the window/);
    await line.unpin("#3");
    expect((await line.explain("#3"))[0]?.pinned).toBe(false);
  });

  test("a budget smaller than what must stay is an error that says how much it takes, and changes nothing", async () => {
    const line = await newLine();
    await line.append(longConversation(3));
    await expect(line.window({ budgetTokens: 10 })).rejects.toMatchObject({
      name: "LoadlineError",
      code: "budget-too-small",
    });
    expect(await line.edits()).toEqual([]);
    const least = await line.window({ budgetTokens: 10, overflow: "least" });
    expect(least.overBudget).toBe(true);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, "9", -1, 0, 1.5, undefined])(
    "a budget of %s is refused",
    async (budget) => {
      const line = await newLine();
      expect(() => line.window({ budgetTokens: budget as number })).toThrow(/budgetTokens/);
    },
  );

  test("an option that nobody reads is refused", async () => {
    const line = await newLine();
    const options = { budgetTokens: 100, budgetToken: 5 };
    expect(() => line.window(options)).toThrow(/unknown field "budgetToken"/);
  });

  test("handles that name nothing are not found", async () => {
    const line = await newLine();
    await line.append(longConversation(1));
    for (const handle of ["#99", "e1", "abcdef0123", "x", ""]) {
      await expect(line.expand(handle)).rejects.toMatchObject({ code: "not-found" });
    }
  });

  test("an orphan result and an unanswered call write nothing", async () => {
    const line = await newLine();
    const orphan = [
      { role: "user", content: "hi" },
      { role: "tool", tool_call_id: "nobody", content: "x" },
    ];
    await expect(line.append(orphan)).rejects.toMatchObject({ code: "orphan-tool-result" });
    const call = { id: "c1", type: "function", function: { name: "f", arguments: "{}" } };
    const unanswered = [
      { role: "assistant", content: null, tool_calls: [call] },
      { role: "user", content: "so?" },
    ];
    await expect(line.append(unanswered)).rejects.toMatchObject({ code: "unanswered-tool-call" });
    expect(await line.length()).toBe(0);
    await line.append(unanswered.slice(0, 1));
    expect(await line.length()).toBe(1);
  });

  test("10,000 tool calls in one turn", async () => {
    const line = await newLine();
    const calls = Array.from({ length: 10_000 }, (_, index) => ({
      id: `c${index}`,
      type: "function",
      function: { name: "f", arguments: "{}" },
    }));
    const results = calls.map(({ id }) => ({ role: "tool", tool_call_id: id, content: "done" }));
    await line.append([
      { role: "user", content: "go" },
      { role: "assistant", content: null, tool_calls: calls },
      ...results,
    ]);
    await line.append([
      { role: "assistant", content: "all done" },
      { role: "user", content: "thanks" },
    ]);
    const window = await line.window({ budgetTokens: 2_000 });
    expect(window.tokens).toBeLessThanOrEqual(2_000);
  });

  test("reported usage brings the window's count to the provider's", async () => {
    const line = await newLine();
    const messages = longConversation(20);
    await line.append(messages);
    const counted = (await line.window({ budgetTokens: 1_000_000 })).tokens;
    for (let report = 0; report < 6; report += 1)
      await line.reportUsage({ inputTokens: Math.round(counted * 1.4) });
    const learned = await line.window({ budgetTokens: 1_000_000 });
    expect(learned.tokens / counted).toBeGreaterThan(1.35);
    expect(learned.tokens / counted).toBeLessThan(1.45);
    const tight = await line.window({ budgetTokens: 3_000 });
    expect(tight.tokens).toBeLessThanOrEqual(3_000);
  });
});

describe("a new turn", () => {
  test("recalls what the request names, before the request, and keeps it there", async () => {
    const line = await newLine();
    const messages = longConversation(60);
    await line.append(messages);
    await line.window({ budgetTokens: 6_000 });
    await line.append([{ role: "user", content: "remind me of value_2_29 and ticket LD-1000" }]);
    const window = await line.window({ budgetTokens: 6_000 });
    expect(window.recalled?.text).toContain("LD-1000");
    expect(window.parts.at(-2)?.kind).toBe("recalled");
    expect(window.cache.rewrittenTokens).toBe(0);
    await line.append([{ role: "assistant", content: "it was 58" }]);
    const next = await line.window({ budgetTokens: 6_000 });
    expect(next.json.startsWith(window.json.slice(0, -1))).toBe(true);
    expect(await line.length()).toBe(messages.length + 2);
  });
});

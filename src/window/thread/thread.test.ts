import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Window } from "../assemble/assemble-window.ts";
import { agentConversation, longConversation } from "./agent-conversation.fixture.ts";
import type { FixtureMessage } from "./agent-conversation.fixture.ts";
import type { Thread } from "./thread.ts";
import { openMemory } from "./open-memory.ts";

async function newThread(): Promise<Thread> {
  const memory = await openMemory({ model: "gpt-4o", prices: "anthropic", clock: () => 1_700_000_000_000 });
  return memory.thread("b-thread");
}

/** Replays a conversation, making a window before every answer. */
async function windowsOf(
  thread: Thread,
  messages: readonly FixtureMessage[],
  budgetTokens: number,
): Promise<Window[]> {
  const windows: Window[] = [];
  for (const [index, message] of messages.entries()) {
    if (message["role"] === "assistant")
      windows.push(await thread.window({ budgetTokens, overflow: "minimum" }));
    await thread.append([message], index === 0 ? {} : { after: `#${index - 1}` });
  }
  return windows;
}

const budgets = fc.integer({ min: 60, max: 2_500 });

describe("a thread under a budget", () => {
  test("loses nothing: every entry is returned byte for byte", async () => {
    await fc.assert(
      fc.asyncProperty(agentConversation(), budgets, async (messages, budget) => {
        const thread = await newThread();
        await windowsOf(thread, messages, budget);
        for (const [seq, message] of messages.entries()) {
          const [entry] = await thread.expand(`#${seq}`);
          expect(entry?.json).toBe(JSON.stringify(message));
        }
      }),
      { numRuns: 40, seed: 11 },
    );
  });

  test("never exceeds the budget, unless protected entries alone do", async () => {
    await fc.assert(
      fc.asyncProperty(agentConversation(), budgets, async (messages, budget) => {
        const windows = await windowsOf(await newThread(), messages, budget);
        for (const window of windows)
          if (!window.overBudget) expect(window.tokens).toBeLessThanOrEqual(budget);
      }),
      { numRuns: 60, seed: 12 },
    );
  });

  test("never exceeds the budget with learned factors, different for each kind", async () => {
    await fc.assert(
      fc.asyncProperty(
        agentConversation(),
        fc.integer({ min: 300, max: 2_500 }),
        async (messages, budget) => {
          const thread = await newThread();
          await thread.append([{ role: "user", content: "words ".repeat(200) }]);
          for (const factor of [1.2, 1.3, 1.25]) {
            const { tokens } = await thread.window({ budgetTokens: 1_000_000 });
            await thread.reportUsage({ inputTokens: Math.round(tokens * factor) });
          }
          await thread.append(messages.slice(0, 4), { after: "#0" });
          const { tokens } = await thread.window({ budgetTokens: 1_000_000 });
          await thread.reportUsage({ inputTokens: Math.round(tokens * 1.8) });
          await thread.append(messages.slice(4), { after: "#4" });
          const window = await thread.window({ budgetTokens: budget, overflow: "minimum" });
          if (!window.overBudget) expect(window.tokens).toBeLessThanOrEqual(budget);
        },
      ),
      { numRuns: 60, seed: 17 },
    );
  });

  test("keeps the prefix stable except for recorded edits", async () => {
    await fc.assert(
      fc.asyncProperty(agentConversation(), budgets, async (messages, budget) => {
        const windows = await windowsOf(await newThread(), messages, budget);
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

  test("keeps every tool call with its result", async () => {
    await fc.assert(
      fc.asyncProperty(agentConversation(), budgets, async (messages, budget) => {
        for (const window of await windowsOf(await newThread(), messages, budget)) {
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

  test("restores the original bytes when every edit is undone", async () => {
    await fc.assert(
      fc.asyncProperty(agentConversation(), fc.integer({ min: 100, max: 600 }), async (messages, budget) => {
        const thread = await newThread();
        await windowsOf(thread, messages, budget);
        for (const edit of await thread.edits()) await thread.undo(edit.number);
        const window = await thread.window({ budgetTokens: 10_000_000, recallShare: 0, expectedTurns: 0 });
        expect(window.json).toBe(`[${messages.map((message) => JSON.stringify(message)).join(",")}]`);
      }),
      { numRuns: 40, seed: 15 },
    );
  });

  test("takes a history in once, in any pieces", async () => {
    await fc.assert(
      fc.asyncProperty(agentConversation(), fc.nat(), async (messages, cut) => {
        const thread = await newThread();
        const at = 1 + (cut % messages.length);
        await thread.append(messages.slice(0, at));
        const again = await thread.sync(messages.slice(0, at));
        expect(again.handles).toEqual([]);
        const rest = await thread.sync(messages);
        expect(rest.known).toBe(at);
        expect((await thread.sync(messages)).handles).toEqual([]);
        expect(await thread.length()).toBe(messages.length);
      }),
      { numRuns: 60, seed: 16 },
    );
  });

  test("never recalls less with a larger budget", async () => {
    const thread = await newThread();
    await thread.append(longConversation(40));
    let before = new Set<string>();
    for (const budgetTokens of [0, 100, 200, 400, 800, 1_600, 6_400]) {
      const { items, tokens } = await thread.recall("what was value_17_3 in file_6?", { budgetTokens });
      expect(tokens).toBeLessThanOrEqual(budgetTokens);
      const found = new Set(items.map((item) => `${item.seq}:${item.text}`));
      for (const item of before) expect(found).toContain(item);
      before = found;
    }
    expect(before.size).toBeGreaterThan(3);
  });
});

describe("a thread", () => {
  test("forks on a diverging history, sharing its past and its edits", async () => {
    const thread = await newThread();
    const messages = longConversation(30);
    await thread.append(messages);
    const window = await thread.window({ budgetTokens: 2_000 });
    expect(window.edits.length).toBeGreaterThan(0);
    const other = { role: "user", content: "another way" };
    const { thread: fork, relation, known } = await thread.sync([...messages.slice(0, -1), other]);
    expect({ relation, known }).toEqual({ relation: "fork", known: messages.length - 1 });
    expect(await fork.length()).toBe(messages.length);
    expect(await thread.length()).toBe(messages.length);
    const [shared] = await fork.expand("#3");
    expect(shared?.json).toBe(JSON.stringify(messages[3]));
    const forkWindow = await fork.window({ budgetTokens: 2_000 });
    expect(forkWindow.json).toContain("another way");
  });

  test("keeps pinned entries, and explains what happened to the others", async () => {
    const thread = await newThread();
    const messages = longConversation(30);
    await thread.append(messages);
    await thread.pin("#3");
    const window = await thread.window({ budgetTokens: 2_500 });
    expect(window.parts.map((part) => part.handle)).toContain("#3");
    expect((await thread.explain("#3"))[0]).toMatchObject({ state: "whole", pinned: true, edits: [] });
    const [gone] = await thread.explain("#8");
    expect(gone).toMatchObject({ state: "out", pinned: false });
    expect(gone?.edits.at(-1)?.why).toMatch(/left the window/);
    await thread.unpin("#3");
    expect((await thread.explain("#3"))[0]?.pinned).toBe(false);
  });

  test("refuses a budget that protected entries exceed, names the minimum, and changes nothing", async () => {
    const thread = await newThread();
    await thread.append(longConversation(3));
    await expect(thread.window({ budgetTokens: 10 })).rejects.toMatchObject({
      name: "LoadlineError",
      code: "budget-too-small",
    });
    expect(await thread.edits()).toEqual([]);
    const least = await thread.window({ budgetTokens: 10, overflow: "minimum" });
    expect(least.overBudget).toBe(true);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, "9", -1, 0, 1.5, undefined])(
    "refuses a budget of %s",
    async (budget) => {
      const thread = await newThread();
      expect(() => thread.window({ budgetTokens: budget as number })).toThrow(/budgetTokens/);
    },
  );

  test("refuses an unknown option", async () => {
    const thread = await newThread();
    const options = { budgetTokens: 100, budgetToken: 5 };
    expect(() => thread.window(options)).toThrow(/unknown field "budgetToken"/);
  });

  test("reports a handle that names nothing as not found", async () => {
    const thread = await newThread();
    await thread.append(longConversation(1));
    for (const handle of ["#99", "e1", "abcdef0123", "x", ""]) {
      await expect(thread.expand(handle)).rejects.toMatchObject({ code: "not-found" });
    }
  });

  test("stores an orphan result and an unanswered call as they are", async () => {
    const thread = await newThread();
    const orphan = [
      { role: "user", content: "hi" },
      { role: "tool", tool_call_id: "nobody", content: "x" },
    ];
    await thread.append(orphan);
    const call = { id: "c1", type: "function", function: { name: "f", arguments: "{}" } };
    const unanswered = [
      { role: "assistant", content: null, tool_calls: [call] },
      { role: "user", content: "so?" },
    ];
    await thread.append(unanswered, { after: "#1" });
    expect(await thread.length()).toBe(4);
    for (const [seq, message] of [...orphan, ...unanswered].entries())
      expect((await thread.expand(`#${seq}`))[0]?.json).toBe(JSON.stringify(message));
  });

  test("handles 10,000 tool calls in one turn", async () => {
    const thread = await newThread();
    const calls = Array.from({ length: 10_000 }, (_, index) => ({
      id: `c${index}`,
      type: "function",
      function: { name: "f", arguments: "{}" },
    }));
    const results = calls.map(({ id }) => ({ role: "tool", tool_call_id: id, content: "done" }));
    await thread.append([
      { role: "user", content: "go" },
      { role: "assistant", content: null, tool_calls: calls },
      ...results,
    ]);
    await thread.append([
      { role: "assistant", content: "all done" },
      { role: "user", content: "thanks" },
    ]);
    const window = await thread.window({ budgetTokens: 2_000 });
    expect(window.tokens).toBeLessThanOrEqual(2_000);
  });

  test("adjusts the window's count to the provider's reported usage", async () => {
    const thread = await newThread();
    const messages = longConversation(20);
    await thread.append(messages);
    const counted = (await thread.window({ budgetTokens: 1_000_000 })).tokens;
    for (let report = 0; report < 6; report++)
      await thread.reportUsage({ inputTokens: Math.round(counted * 1.4) });
    const learned = await thread.window({ budgetTokens: 1_000_000 });
    expect(learned.tokens / counted).toBeGreaterThan(1.35);
    expect(learned.tokens / counted).toBeLessThan(1.45);
    const tight = await thread.window({ budgetTokens: 3_000 });
    expect(tight.tokens).toBeLessThanOrEqual(3_000);
  });
});

describe("a new turn", () => {
  test("recalls what the request names, before the request, and keeps it there", async () => {
    const thread = await newThread();
    const messages = longConversation(60);
    await thread.append(messages);
    await thread.window({ budgetTokens: 6_000 });
    await thread.append([{ role: "user", content: "remind me of value_2_29 and ticket LD-1007" }]);
    const window = await thread.window({ budgetTokens: 6_000 });
    expect(window.recalled?.text).toContain("LD-1007");
    expect(window.parts.at(-2)?.kind).toBe("recalled");
    expect(window.cache.rewrittenTokens).toBe(0);
    await thread.append([{ role: "assistant", content: "it was 58" }]);
    const next = await thread.window({ budgetTokens: 6_000 });
    expect(next.json.startsWith(window.json.slice(0, -1))).toBe(true);
    expect(await thread.length()).toBe(messages.length + 2);
  });
});

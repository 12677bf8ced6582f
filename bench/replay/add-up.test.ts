import { expect, test } from "vitest";
import { cachePrices, readConversation, replay } from "../../src/window/index.ts";
import { addUp, judge } from "./add-up.ts";

const characters = { id: "characters", exact: true, count: (text: string): number => text.length };

/** Makes a run of `calls` tool calls, each asking for what an early result named. */
function run(calls: number): string {
  const messages: object[] = [
    { role: "system", content: "system" },
    { role: "user", content: "find order_1" },
  ];
  for (let index = 0; index < calls; index++) {
    const id = `c${index}`;
    messages.push({
      role: "assistant",
      content: null,
      tool_calls: [
        { id, type: "function", function: { name: "look", arguments: `{"order":"order_${index % 3}"}` } },
      ],
    });
    messages.push({
      role: "tool",
      tool_call_id: id,
      content: `order_${(index + 1) % 3} ${"text ".repeat(60)}`,
    });
  }
  return JSON.stringify([...messages, { role: "assistant", content: "done" }]);
}

test("addUp sums replays, and the promises hold on a synthetic run", async () => {
  const prices = cachePrices("anthropic");
  const replays = await Promise.all(
    [20, 30].map((calls) =>
      replay(readConversation(run(calls)), { budgetTokens: 3_000, prices, counter: characters }),
    ),
  );
  const sum = addUp(replays);
  expect(sum).toMatchObject({
    conversations: 2,
    calls: 52,
    lostEntries: 0,
    unplannedRewrites: 0,
    overBudgetCalls: 0,
  });
  expect(sum.strategies.loadline.cost).toBe(
    replays.reduce((total, one) => total + one.totals.loadline.cost, 0),
  );
  expect(judge(sum).filter((verdict) => !verdict.holds)).toEqual([]);
});

test("judge reports a broken promise", async () => {
  const sum = addUp([
    await replay(readConversation(run(20)), {
      budgetTokens: 3_000,
      prices: cachePrices("anthropic"),
      counter: characters,
    }),
  ]);
  const worse = {
    ...sum,
    lostEntries: 1,
    strategies: {
      ...sum.strategies,
      newestFirst: {
        ...sum.strategies.newestFirst,
        cost: 1,
        argumentsPresent: sum.strategies.newestFirst.argumentsSeen + 1,
      },
    },
  };
  expect(
    judge(worse)
      .filter((verdict) => !verdict.holds)
      .map((verdict) => verdict.text.split(":")[0]),
  ).toHaveLength(3);
});

import { describe, expect, test } from "vitest";
import { readConversation } from "../conversation/read/read-conversation.ts";
import { longConversation } from "../thread/agent-conversation.fixture.ts";
import { cachePrices } from "../prices/cache-prices.ts";
import { extractArgumentValues, countPresent } from "./argument-values.ts";
import { clearOldResults, trimToNewest } from "./baselines.ts";
import { inspectConversation } from "./inspect-conversation.ts";
import { replay } from "./replay.ts";
import { findCalls, prepareMessages } from "./replay-messages.ts";
import type { ReplayMessage } from "./sent-message.ts";
import { Tally } from "./tally.ts";

const characters = { id: "characters", exact: true, count: (text: string): number => text.length };
const prices = cachePrices({ ...cachePrices("anthropic"), minTokens: 0 });

describe("argument values", () => {
  test("are the strings and numbers of JSON at any depth, from four characters on", () => {
    expect(
      extractArgumentValues('{"path":"src/a.ts","from":1200,"n":7,"deep":{"list":["order_1"]}}').toSorted(),
    ).toEqual(["1200", "order_1", "src/a.ts"]);
  });
  test("are the words of a command and its further lines", () => {
    expect(extractArgumentValues("edit 14:20 src/a.ts\n  return total\nend")).toEqual([
      "edit",
      "14:20",
      "src/a.ts",
      "return total",
    ]);
  });
  test("count only if they came up earlier", () => {
    expect(countPresent(["order_1", "order_2", "new"], "order_1 order_2", "order_2")).toEqual({
      seen: 2,
      present: 1,
    });
  });
});

function message(role: ReplayMessage["role"], text: string, isResult = false): ReplayMessage {
  const json = JSON.stringify({ role, text });
  return {
    json,
    text,
    tokens: text.length,
    role,
    isResult,
    cleared: { json: "cleared", text: "", tokens: 1 },
    argumentValues: [],
  };
}

describe("baselines", () => {
  const history = [
    message("system", "ssss"),
    message("user", "uuuu"),
    message("assistant", "aaaa"),
    message("tool", "rrrr", true),
    message("assistant", "bbbb"),
    message("tool", "tttt", true),
  ];
  test("trimToNewest keeps the system message and never sends a result without its call", () => {
    // 4 for the system message, 12 left: tttt, bbbb, rrrr would fit, but rrrr must not be sent without aaaa.
    expect(trimToNewest(history, 16, 0).map((one) => one.text)).toEqual(["ssss", "bbbb", "tttt"]);
    expect(trimToNewest(history, 20, 0).map((one) => one.text)).toEqual([
      "ssss",
      "aaaa",
      "rrrr",
      "bbbb",
      "tttt",
    ]);
    expect(trimToNewest(history, 5, 0).map((one) => one.text)).toEqual(["ssss", "bbbb", "tttt"]);
  });
  test("clearOldResults keeps the newest three results, and everything within the budget", () => {
    const many = [...history, message("tool", "xxxx", true), message("tool", "yyyy", true)];
    expect(clearOldResults(many, 1_000, 0)).toBe(many);
    expect(clearOldResults(many, 10, 0).filter((one) => one.json === "cleared")).toHaveLength(1);
  });
});

describe("a tally", () => {
  test("reads a shared prefix and writes the rest", () => {
    const tally = new Tally(prices, 10);
    const [a, b, c] = [message("user", "aaaa"), message("user", "bbbb"), message("user", "cccc")];
    // 14 tokens written at 1.25.
    expect(tally.call([a], [], "").cost).toBeCloseTo(17.5);
    // 14 read at 0.1, 4 written at 1.25.
    expect(tally.call([a, b], [], "").cost).toBeCloseTo(6.4);
    expect(tally.keepsPrefix([a, c])).toBe(false);
    // The frame and a: 14 read; c: 4 written.
    expect(tally.call([a, c], [], "").cost).toBeCloseTo(6.4);
  });
});

describe("a replay", () => {
  const conversation = readConversation(JSON.stringify(longConversation(40)));

  test("stays under the load line, loses nothing, and costs less than trimming", async () => {
    const reported: number[] = [];
    const result = await replay(conversation, {
      budgetTokens: 8_000,
      prices,
      counter: characters,
      onProgress: (done) => void reported.push(done),
    });
    expect(result).toMatchObject({
      overBudgetCalls: 0,
      tooSmallCalls: 0,
      unplannedRewrites: 0,
      lostEntries: 0,
    });
    expect(result.calls).toHaveLength(80);
    expect(reported.at(-1)).toBe(80);
    expect(result.totals.loadline.peakWindowTokens).toBeLessThanOrEqual(8_000);
    expect(result.totals.loadline.cost).toBeLessThan(result.totals.newestFirst.cost);
    expect(result.totals.unmanaged.peakWindowTokens).toBeGreaterThan(8_000);
    const kinds = result.calls.at(-1)?.kinds ?? {};
    expect(Object.values(kinds).reduce((sum, tokens) => sum + tokens, 0)).toBe(
      result.calls.at(-1)?.figures.loadline.windowTokens,
    );
  });

  test("gives all strategies the same figures if everything fits", async () => {
    const { totals } = await replay(conversation, {
      budgetTokens: 10_000_000,
      prices,
      counter: characters,
      window: { expectedTurns: 0 },
    });
    expect(totals.loadline).toEqual(totals.unmanaged);
    expect(totals.newestFirst).toEqual(totals.unmanaged);
  });

  test("treats the items of one OpenAI response as one call", () => {
    const items = [
      { role: "user", content: "go" },
      { type: "reasoning", id: "r", summary: [] },
      { type: "function_call", call_id: "c", name: "f", arguments: "{}" },
      { type: "function_call_output", call_id: "c", output: "ok" },
      { role: "assistant", content: [{ type: "output_text", text: "done" }] },
    ];
    expect(findCalls(readConversation(JSON.stringify(items)))).toEqual([1, 4]);
  });
});

test("inspectConversation finds duplicates and superseded results", () => {
  const call = (id: string): object => ({
    role: "assistant",
    content: null,
    tool_calls: [{ id, type: "function", function: { name: "read", arguments: '{"path":"a.ts"}' } }],
  });
  const result = (id: string, content: string): object => ({ role: "tool", tool_call_id: id, content });
  const messages = [
    { role: "user", content: "go" },
    call("1"),
    result("1", "x".repeat(200)),
    call("2"),
    result("2", "x".repeat(200)),
    call("3"),
    result("3", "y".repeat(200)),
  ];
  const found = inspectConversation(readConversation(JSON.stringify(messages)), characters);
  expect(found.duplicates.map((one) => one.handle)).toEqual(["#2"]);
  expect(found.superseded.map((one) => one.handle)).toEqual(["#4"]);
  expect(found.largest[0]?.tokens).toBe(202);
  expect(prepareMessages(readConversation(JSON.stringify(messages)), characters)[2]?.cleared.text).toContain(
    "[cleared]",
  );
});

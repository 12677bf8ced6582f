import { expect, test } from "vitest";
import { inspectConversation, priceConversation, readConversation } from "../../window/index.ts";
import { describeInspection } from "./describe-inspection.ts";
import { formatUsd } from "./format-usd.ts";
import { plainLayout } from "./text-style.ts";

const counter = { id: "characters", exact: true, count: (text: string): number => text.length };
const conversation = readConversation(JSON.stringify([{ role: "user", content: "x".repeat(1_000_000) }]));
const prices = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75, cacheWriteHour: 6 };

test("formatUsd shows cents, and more digits below a dollar", () => {
  expect([0.00006, 0.00004, 0.0000001].map(formatUsd)).toEqual(["$0.0001", "<$0.0001", "<$0.0001"]);
  expect([12.344, 0.01234, 0, undefined].map(formatUsd)).toEqual(["$12.34", "$0.0123", "$0.0000", "-"]);
});

test("an inspection shows dollars next to tokens where the model's prices are known", () => {
  const found = inspectConversation(conversation, counter);
  const model = {
    model: "some-model",
    contextTokens: undefined,
    maxOutputTokens: undefined,
    usd: { ...prices, higherOverTokens: 200_000 },
    source: "a list",
    date: "2026-01-01",
  };
  const cost = priceConversation(found.ledger, model);
  expect(cost?.freshUsd).toBeCloseTo(3);
  expect(cost?.cachedUsd).toBeCloseTo(0.3);
  const text = describeInspection(found, { name: "chat.json", cost }, plainLayout);
  expect(text).toContain("$3.00 as fresh input, $0.3000 read from the cache");
  expect(text).toContain("chat.json: 1 message, 0 calls, ");
  expect(text).toContain("a call over 200,000 tokens costs more than stated");
  expect(text).toMatch(/user +1,000,000 +\$3\.00/);
  expect(describeInspection(found, { name: "chat.json", cost: undefined }, plainLayout)).not.toContain("$");
});

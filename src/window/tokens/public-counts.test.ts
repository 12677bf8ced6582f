import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readConversation } from "../conversation/read/read-conversation.ts";
import { countFrame } from "./count-frame.ts";
import { countImageTokens } from "./image-tokens.ts";
import { countMessage } from "./count-message.ts";
import { counterForModel } from "./model-vocabulary.ts";

/** A request with the input tokens that its provider reported. Unverified rows are kept to show what is not known. */
interface PublicCount {
  readonly source: string;
  readonly reported: number;
  readonly unverified?: boolean;
  readonly request: { readonly model: string };
}

const rows = readFileSync(new URL("../../../test/fixtures/public-counts.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as PublicCount);

async function countRequest(request: PublicCount["request"]): Promise<number> {
  const counter = await counterForModel(request.model);
  const { frame, messages } = readConversation(JSON.stringify(request));
  const { system, tools, overhead } = countFrame(frame, counter, messages[0]);
  return messages.reduce(
    (sum, message) => sum + countMessage(message, counter).total,
    system + tools + overhead,
  );
}

describe("reported counts of public requests", () => {
  test.each(
    rows
      .filter((row) => row.unverified !== true)
      .map((row, index) => [index, row.request.model, row] as const),
  )("row %i, %s: within 5 % or one token", async (_, _model, row) => {
    const counted = await countRequest(row.request);
    expect(
      Math.abs(counted - row.reported),
      `${counted}, reported ${row.reported}: ${row.source}`,
    ).toBeLessThanOrEqual(Math.max(1, 0.05 * row.reported));
  });
  test("has a source in every row, and few rows that are not verified", () => {
    expect(rows.every((row) => row.source.startsWith("https://"))).toBe(true);
    expect(rows.filter((row) => row.unverified === true).length).toBeLessThan(rows.length / 4);
  });
});

describe("reported counts of public pictures", () => {
  test.each([
    // https://community.openai.com/t/1344040 (2026-06-17): measured by subtracting the text.
    ["gpt-5-mini", 256, 256, 77],
    ["gpt-5-mini", 512, 512, 308],
    ["gpt-5-mini", 768, 1024, 922],
    ["gpt-5-mini", 1280, 720, 1104],
    ["gpt-5-mini", 1024, 1024, 1229],
    ["gpt-5-mini", 2048, 768, 1844],
    // https://community.openai.com/t/1377015 (2026-03-18): 1,600 x 1,600 in responses; 8 tokens of text subtracted.
    ["gpt-5.4", 1600, 1600, 3000],
    ["gpt-5.4-mini", 1600, 1600, 3000],
    ["gpt-5.4-nano", 1600, 1600, 3000],
    ["gpt-5-mini", 1600, 1600, 1825],
    ["gpt-5-nano", 1600, 1600, 2281],
    // https://community.openai.com/t/1281361: 4,000 x 1,474 is billed as 24 x 64 patches.
    ["gpt-4.1-mini", 4000, 1474, 2488],
    // https://community.openai.com/t/1262691: 128 x 64; 11 to 13 tokens of text subtracted.
    ["o3", 128, 64, 225],
    ["gpt-4.1", 128, 64, 255],
    ["gpt-4o-mini", 128, 64, 8500],
    ["o4-mini", 128, 64, 14],
    ["gpt-4.1-mini", 128, 64, 13],
    ["gpt-4.1-nano", 128, 64, 20],
    // https://platform.claude.com/docs/en/build-with-claude/vision (as of 2026-08-31): examples of the table.
    ["claude-sonnet-4-6", 1920, 1080, 1560],
    ["claude-opus-4-7", 1920, 1080, 2691],
    ["claude-sonnet-4-6", 2000, 1500, 1564],
    // https://ai.google.dev/gemini-api/docs/image-understanding (as of 2026-08-31): the example of the guide.
    ["gemini-2.5-flash", 960, 540, 1548],
  ])("%s, %i x %i: %i tokens within 5 %", (model, width, height, reported) => {
    const counted = countImageTokens({ width, height, detail: "high" }, model, "openai-chat");
    expect(Math.abs(counted - reported)).toBeLessThanOrEqual(Math.max(1, 0.05 * reported));
  });
});

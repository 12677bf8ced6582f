import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { encode } from "gpt-tokenizer/encoding/o200k_base";
import { readMessage } from "../conversation/read/read-message.ts";
import { bpeVersion, cl100kCounter, o200kCounter } from "./bpe-counters.ts";
import {
  calibrateTokens,
  readFactor,
  learnCalibration,
  noCalibration,
  readCalibration,
} from "./calibration.ts";
import { countFrame } from "./count-frame.ts";
import { countMessage } from "./count-message.ts";
import { cutRuns } from "./cut-runs.ts";
import { countImageTokens } from "./image-tokens.ts";
import { counterForModel } from "./model-vocabulary.ts";
import { rememberCounts } from "./remember-counts.ts";
import { tokenizerJsonCounter } from "./tokenizer-json-counter.ts";

const asText = { disallowedSpecial: new Set<string>() };

describe("byte-pair counters", () => {
  test("have the installed version in their id", () => {
    const file = readFileSync(
      new URL("../../../node_modules/gpt-tokenizer/package.json", import.meta.url),
      "utf8",
    );
    expect(file).toContain(`"version": "${bpeVersion.split("@")[1]}"`);
  });
  test("are exact on ordinary text, special-token text included", async () => {
    const counter = await o200kCounter();
    for (const text of [
      "hello world",
      "<|endoftext|> is text",
      'const a = {"b": [1, 2.5e10]};',
      "漢字仮名交じり文",
      "naïve café 😀",
      "",
    ]) {
      expect(counter.count(text)).toBe(encode(text, asText).length);
    }
    // "hello world" is two tokens in both vocabularies (the field's usual example).
    expect(counter.count("hello world")).toBe(2);
    expect((await cl100kCounter()).count("hello world")).toBe(2);
  });
  test("cut hostile runs and count within 5 % of the uncut text", async () => {
    const counter = await o200kCounter();
    for (const text of [
      "a".repeat(20_000),
      " ".repeat(20_000),
      "漢字".repeat(5_000),
      "!@#".repeat(3_000),
      "😀".repeat(3_000),
      "\ud800".repeat(3_000),
    ]) {
      const pieces = cutRuns(text);
      expect(pieces.join("")).toBe(text);
      const short = text.slice(0, 3_000);
      expect(counter.count(short)).toBeGreaterThanOrEqual(0.95 * encode(short, asText).length);
      expect(counter.count(text)).toBeGreaterThan(0);
    }
    expect(counter.count("a".repeat(20_000))).toBe(2_500);
  });
  test("do not cut ordinary text", () => {
    const text = "The quick brown fox, twice. ".repeat(1_000);
    expect(cutRuns(text)).toEqual([text]);
  });
  test("are chosen by the model's name", async () => {
    expect((await counterForModel("gpt-4o-mini")).id).toMatch(/^o200k_base\//);
    expect((await counterForModel("openai/gpt-4-turbo")).id).toMatch(/^cl100k_base\//);
    const claude = await counterForModel("claude-sonnet-4-5");
    expect(claude.exact).toBe(false);
    expect(claude.id).toMatch(/^estimate\//);
  });
  test("estimate more for Claude since 4.7, but not for a sentence", async () => {
    const old = await counterForModel("claude-opus-4-6");
    const text = "The quick brown fox jumps over the lazy dog. ".repeat(40);
    for (const name of ["claude-opus-4-7", "anthropic/claude-sonnet-5", "claude-fable-5"]) {
      const counter = await counterForModel(name);
      expect(counter.count(text) / old.count(text)).toBeCloseTo(1.2, 1);
      expect(counter.count("What is 2+2?")).toBe(old.count("What is 2+2?"));
      expect(counter.id).not.toBe(old.id);
    }
  });
  test("return the same counts when remembered", async () => {
    const counter = await o200kCounter();
    const remembered = rememberCounts(counter);
    for (const text of ["HAT136", "HAT136", "x".repeat(100)])
      expect(remembered(text)).toBe(counter.count(text));
  });
});

describe("tokenizerJsonCounter", () => {
  const file = {
    version: "1.0",
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: "Whitespace" },
    post_processor: null,
    decoder: null,
    model: { type: "WordLevel", vocab: { "[UNK]": 0, hello: 1, world: 2 }, unk_token: "[UNK]" },
  };
  test("counts with the model's own vocabulary", async () => {
    const counter = await tokenizerJsonCounter({ id: "tiny@1", tokenizerJson: JSON.stringify(file) });
    expect(counter.count("hello world hello")).toBe(3);
    expect(counter.id).toBe("tokenizer.json/tiny@1");
  });
  test("refuses what is not a tokenizer", async () => {
    await expect(tokenizerJsonCounter({ id: "x", tokenizerJson: "{" })).rejects.toMatchObject({
      code: "invalid-json",
    });
    await expect(tokenizerJsonCounter({ id: "x", tokenizerJson: {} })).rejects.toMatchObject({
      code: "invalid-data",
    });
  });
});

describe("countMessage and countFrame", () => {
  const characters = { id: "characters", exact: true, count: (text: string): number => text.length };
  test("count parts and overhead separately, and they add up", () => {
    const message = readMessage(
      JSON.stringify({ role: "user", name: "Ann", content: "hello" }),
      "openai-chat",
    );
    expect(countMessage(message, characters)).toEqual({ parts: [5], overhead: 5, total: 10 });
  });
  test("count reasoning once: its text, or what its opaque form holds", () => {
    const count = (block: object, format: "anthropic" | "openai-responses"): readonly number[] =>
      countMessage(readMessage(JSON.stringify(block), format), characters).parts;
    const thinking = (text: string) => ({
      role: "assistant",
      content: [
        { type: "thinking", thinking: text, signature: "s".repeat(1_000) },
        { type: "text", text: "ok" },
      ],
    });
    expect(count(thinking("hm"), "anthropic")[0]).toBe(2);
    // (1,000 · 3 / 4 - 250) / 3 bytes per token.
    expect(count(thinking(""), "anthropic")[0]).toBe(167);
    // (4,000 · 3 / 4 - 650) / 4 bytes per token; a shorter summary adds nothing.
    const summary = [{ type: "summary_text", text: "Counted." }];
    const item = { type: "reasoning", summary, encrypted_content: "s".repeat(4_000) };
    expect(count(item, "openai-responses")[0]).toBe(588);
  });
  test("count system and tools of a frame", () => {
    expect(countFrame({ system: '"four"', tools: "[1]" }, characters)).toEqual({
      system: 8,
      tools: 3,
      overhead: 3,
    });
  });
  test("count images like the worked examples of the providers' guides", () => {
    const size = { width: 1024, height: 1024, detail: undefined };
    // OpenAI: 1024 x 1024 becomes 768 x 768, four tiles: 85 + 4 · 170 = 765. Low detail is 85.
    expect(countImageTokens(size, undefined, "openai-chat")).toBe(765);
    expect(countImageTokens({ ...size, detail: "low" }, undefined, "openai-chat")).toBe(85);
    // 2048 x 4096 becomes 1024 x 2048, then 768 x 1536: six tiles, 1105.
    expect(countImageTokens({ width: 2048, height: 4096, detail: "high" }, undefined, "openai-chat")).toBe(
      1105,
    );
    // Anthropic: 1000 x 1000 / 750 = 1334, about 1.15 megapixels at most.
    expect(countImageTokens({ width: 1000, height: 1000, detail: undefined }, undefined, "anthropic")).toBe(
      1334,
    );
    expect(countImageTokens(undefined, undefined, "anthropic")).toBe(1600);
  });
});

describe("calibration", () => {
  test("learns within a few calls that a provider counts 1.5 times as much for text and 1.57 for tools", () => {
    let learned = noCalibration;
    const call = (index: number): Record<string, number> => ({
      user: 1_000 + 800 * index,
      tools: 4_000,
      "tool-result": 500 * index * index,
    });
    const truth = (tokens: Record<string, number>): number =>
      Math.round(
        1.5 * (tokens["user"] ?? 0) + 1.57 * (tokens["tools"] ?? 0) + 1.5 * (tokens["tool-result"] ?? 0),
      );
    for (let index = 1; index <= 6; index++)
      learned = learnCalibration(learned, call(index), truth(call(index)));
    const next = call(9);
    expect(Math.abs(calibrateTokens(learned, next) / truth(next) - 1)).toBeLessThan(0.03);
    expect(readCalibration(JSON.stringify(learned))).toEqual(learned);
  });
  test("ignores reports that cannot be counts of this window", () => {
    for (const report of [0, Number.NaN, Number.POSITIVE_INFINITY, -5, 100_000]) {
      expect(learnCalibration(noCalibration, { user: 1_000 }, report)).toBe(noCalibration);
    }
    expect(learnCalibration(noCalibration, {}, 10)).toBe(noCalibration);
    expect(readFactor(noCalibration, "user")).toBe(1);
  });
  test("refuses a damaged saved form", () => {
    expect(() =>
      readCalibration('{"v":1,"kinds":["a"],"factors":[99],"covariance":[1],"observations":1}'),
    ).toThrow(/damaged/);
  });
});

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countImageTokens } from "./image-tokens.ts";

function image(width: number, height: number, detail?: "low" | "high" | "original" | "auto") {
  return { width, height, detail };
}

describe("countImageTokens", () => {
  test.each([
    // Tiles of 512: 1,024 x 1,024 becomes 768 x 768, four tiles: base + 4 · tile.
    ["gpt-4o", 765],
    ["gpt-4o-mini", 25_501],
    ["gpt-4o-mini-2024-07-18", 25_501],
    ["openai/gpt-4.1", 765],
    ["gpt-5", 630],
    ["gpt-5.1-codex", 630],
    ["o3", 675],
    ["o1-pro", 675],
    ["computer-use-preview", 581],
    // Patches of 32: 32 · 32 = 1,024 patches times the model's factor, rounded up.
    ["gpt-4.1-mini", 1_659],
    ["gpt-4.1-nano-2025-04-14", 2_520],
    ["o4-mini", 1_762],
    ["gpt-5-mini", 1_229],
    ["gpt-5-nano", 1_536],
    ["gpt-5.2", 1_229],
    ["gpt-5.4-mini", 1_229],
    ["gpt-5.6-sol", 1_229],
    // Patches of 28: 37 · 37.
    ["claude-sonnet-4-5-20250929", 1_369],
    ["us.anthropic.claude-opus-4-7-v1:0", 1_369],
    // Tiles of 682 pixels: 2 · 2 · 258.
    ["gemini-2.5-flash", 1_032],
    ["models/gemini-3-pro-preview", 1_120],
    // Unknown models count by the format: as gpt-4o.
    ["llama-3.2", 765],
    [undefined, 765],
  ])("counts 1,024 x 1,024 pixels for %s", (model, tokens) => {
    expect(countImageTokens(image(1024, 1024), model, "openai-chat")).toBe(tokens);
  });
  test("counts low detail by the base of tiles, and by the limits of patches", () => {
    expect(countImageTokens(image(1024, 1024, "low"), "gpt-4o-mini", "openai-chat")).toBe(2833);
    expect(countImageTokens(image(1024, 1024, "low"), "gpt-5", "openai-chat")).toBe(70);
    // 512 x 512: 256 patches · 1.2.
    expect(countImageTokens(image(1024, 1024, "low"), "gpt-5.5", "openai-chat")).toBe(308);
    expect(countImageTokens(image(1024, 1024, "low"), "gpt-4.1-mini", "openai-chat")).toBe(1_659);
  });
  test("shrinks pictures to the model's limits", () => {
    // Worked example of the guide: 2,048 x 2,048 becomes 1,600 x 1,600, 2,500 patches · 1.2.
    expect(countImageTokens(image(2048, 2048, "high"), "gpt-5.4", "openai-chat")).toBe(3_000);
    expect(countImageTokens(image(8192, 8192), "gpt-5.6", "openai-chat")).toBe(Math.ceil(65_536 * 1.2));
    // 1,800 x 1,200 becomes 1,536 x 1,024: 48 · 32 patches · 1.5.
    expect(countImageTokens(image(1800, 1200), "gpt-5-nano", "openai-chat")).toBe(2_304);
    // 1,920 x 1,080 becomes 1,456 x 819 (52 · 30 patches); the high resolution keeps it (69 · 39).
    expect(countImageTokens(image(1920, 1080), "claude-sonnet-4-6", "anthropic")).toBe(1_560);
    expect(countImageTokens(image(1920, 1080), "claude-opus-4-7", "anthropic")).toBe(2_691);
    expect(countImageTokens(image(4032, 3024), "claude-fable-5", "anthropic")).toBe(4_740);
  });
  test("counts a picture of unknown size as the largest that the model keeps", () => {
    expect(countImageTokens(undefined, "claude-sonnet-4-5", "anthropic")).toBe(1_568);
    expect(countImageTokens(undefined, "gpt-5-mini", "openai-chat")).toBe(1_844);
    expect(countImageTokens(undefined, "gpt-4o", "openai-chat")).toBe(1_445);
    expect(countImageTokens(undefined, undefined, "anthropic")).toBe(1_600);
  });
  test("counts by the model, whatever the format", () => {
    expect(countImageTokens(image(1024, 1024), "anthropic/claude-sonnet-4.5", "openai-chat")).toBe(1_369);
    expect(countImageTokens(image(1024, 1024), "gpt-4o", "anthropic")).toBe(765);
  });
  test("never exceeds the model's limit and never throws", () => {
    const side = fc.integer({ min: 1, max: 60_000 });
    const limits: Readonly<Record<string, number>> = {
      "gpt-4o": 1_445,
      "gpt-5-nano": 2_304,
      "gpt-5.4": 3_000,
      "claude-sonnet-4-5": 1_568,
      "claude-opus-5": 4_784,
    };
    fc.assert(
      fc.property(side, side, fc.constantFrom(...Object.keys(limits)), (width, height, model) => {
        const tokens = countImageTokens(image(width, height), model, "openai-chat");
        expect(tokens).toBeGreaterThan(0);
        expect(tokens).toBeLessThanOrEqual(limits[model] ?? 0);
      }),
      { seed: 52, numRuns: 2_000 },
    );
  });
});

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cachePrices } from "./cache-prices.ts";
import { derivePrices } from "./derive-prices.ts";
import { computeUsd, deriveBudget } from "./model-budget.ts";
import { findModel, registryVersion } from "./model-facts.ts";

describe("findModel", () => {
  test("has the installed version in its source", async () => {
    const path = new URL("../../../node_modules/@pydantic/genai-prices/package.json", import.meta.url);
    expect(readFileSync(path, "utf8")).toContain(`"version": "${registryVersion.split("@").at(-1)}"`);
    expect((await findModel("gpt-4o"))?.source).toBe(registryVersion);
  });
  test.each([
    ["gpt-4o", 128_000, 2.5, 10, 1.25, undefined],
    ["openai/gpt-4o-mini", 128_000, 0.15, 0.6, 0.075, undefined],
    ["claude-sonnet-4-5-20250929", 200_000, 3, 15, 0.3, 3.75],
    ["anthropic/claude-sonnet-4.5", 200_000, 3, 15, 0.3, 3.75],
    ["us.anthropic.claude-opus-4-5-20251101-v1:0", 200_000, 5, 25, 0.5, 6.25],
    ["google/gemini-2.5-flash", 1_048_576, 0.3, 2.5, 0.03, undefined],
  ])(
    "knows %s under the names of makers, routers and clouds",
    async (name, context, input, output, read, write) => {
      const facts = await findModel(name);
      expect(facts?.contextTokens).toBe(context);
      expect(facts?.usd).toMatchObject({ input, output, cacheRead: read, cacheWrite: write });
    },
  );
  test("does not know other names", async () => {
    for (const name of [undefined, "unknown", "my-own-model", "constructor", "/", ""])
      expect(await findModel(name)).toBeUndefined();
  });
  test("takes overrides first, and adds models", async () => {
    const models = {
      "my-model": { contextTokens: 32_000, usd: { input: 1, output: 2 } },
      "gpt-4o": { contextTokens: 64_000 },
    };
    const own = await findModel("my-model", models);
    expect(own).toMatchObject({ contextTokens: 32_000, usd: { input: 1, cacheRead: undefined } });
    const mixed = await findModel("gpt-4o", models);
    expect(mixed).toMatchObject({ contextTokens: 64_000, usd: { input: 2.5 } });
  });
  test("refuses overrides that are not facts of a model", async () => {
    await expect(findModel("x", { x: { contextTokens: 0 } })).rejects.toThrow(
      /models.x.contextTokens: got 0/,
    );
    await expect(findModel("x", { x: { usd: { input: Number.NaN, output: 1 } } })).rejects.toThrow(
      /usd.input/,
    );
    await expect(findModel("x", { x: { window: 1 } as object })).rejects.toThrow(/unknown field/);
  });
});

describe("derivePrices", () => {
  test("gives the relative prices that the tables of providers state", async () => {
    const claude = derivePrices(await findModel("claude-sonnet-4-5"));
    const { read, write, lifetimeMs, minTokens } = cachePrices("anthropic");
    expect(claude).toMatchObject({ read, write, lifetimeMs, minTokens });
    expect(derivePrices(await findModel("gpt-4o"))?.read).toBe(cachePrices("openai-4o").read);
    expect(derivePrices(await findModel("gpt-4.1"))?.read).toBe(cachePrices("openai-4.1").read);
    expect(derivePrices(await findModel("gpt-5"))?.read).toBe(cachePrices("openai").read);
    expect(derivePrices(await findModel("claude-haiku-4-5"))?.minTokens).toBe(4_096);
    expect(derivePrices(await findModel("gpt-5.6-sol"))).toMatchObject({
      read: 0.1,
      write: 1.25,
      lifetimeMs: 1_800_000,
    });
  });
  test("gives no cache to a model without a price for it, and nothing for an unknown one", async () => {
    expect(derivePrices(await findModel("gpt-4"))).toMatchObject({ read: 1, write: 1, lifetimeMs: 0 });
    expect(derivePrices(undefined)).toBeUndefined();
  });
  test("gives prices that the checks accept", async () => {
    for (const name of ["claude-opus-5", "deepseek-chat", "gemini-2.5-pro", "grok-4", "kimi-k2-0905-preview"])
      expect(cachePrices(derivePrices(await findModel(name)) ?? "none").name).not.toBe("none");
  });
});

describe("deriveBudget and computeUsd", () => {
  test("keep an eighth of the context window for the answer, at most 32,000 and the longest answer", async () => {
    expect(deriveBudget(await findModel("gpt-4o"), undefined)).toMatchObject({
      budgetTokens: 128_000,
      answerTokens: 16_000,
    });
    const large = await findModel("gemini-2.5-flash");
    expect(deriveBudget(large, undefined)?.answerTokens).toBe(32_000);
    const short = await findModel("m", { m: { contextTokens: 200_000, maxOutputTokens: 8_192 } });
    expect(deriveBudget(short, undefined)?.answerTokens).toBe(8_192);
    expect(deriveBudget(short, 500)).toMatchObject({ budgetTokens: 200_000, answerTokens: 500 });
    expect(deriveBudget(undefined, undefined)).toBeUndefined();
  });
  test("cost of a million tokens of fresh input is the published price", async () => {
    expect(computeUsd(1e6, await findModel("gpt-4o"))).toBeCloseTo(2.5);
    expect(computeUsd(1e6, undefined)).toBeUndefined();
  });
});

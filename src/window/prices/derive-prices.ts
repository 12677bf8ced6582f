import { cachePrices } from "./cache-prices.ts";
import type { CachePrices } from "./cache-prices.ts";
import type { ModelFacts } from "./model-facts.ts";

/** Caches by the beginning of a model's name: the row of the provider whose lifetime and least prefix count. */
const caches: readonly { readonly pattern: RegExp; readonly row: string }[] = [
  { pattern: /claude/, row: "anthropic" },
  { pattern: /gemini/, row: "gemini" },
  { pattern: /deepseek/, row: "deepseek" },
  { pattern: /./, row: "openai" },
];

/** Least prefix of Claude's models that differ from 1,024 tokens (Anthropic documentation, Prompt caching, read 2026-11-29). */
const minPrefixes: readonly { readonly pattern: RegExp; readonly tokens: number }[] = [
  { pattern: /opus-4-[56]|haiku-4-5/, tokens: 4_096 },
  { pattern: /haiku/, tokens: 2_048 },
];

/** Lifetime of a prefix since GPT-5.6 (OpenAI documentation, Prompt caching, read 2026-11-29). */
const longLifetimeMs = 30 * 60_000;
const longLived = /^gpt-(?:5\.(?:[6-9]|\d\d)|[6-9])/;

function divide(price: number, input: number): number {
  return Math.round((price / input) * 1e6) / 1e6;
}

/**
 * Derives relative cache prices from a model's prices: read and write over fresh input, with the lifetime and least prefix of
 * its provider. A model without a price for cached input has no cache. Returns undefined if its prices are not known.
 */
export function derivePrices(facts: ModelFacts | undefined): CachePrices | undefined {
  if (facts?.usd === undefined || facts.usd.input === 0) return undefined;
  const { input, cacheRead, cacheWrite } = facts.usd;
  const base = {
    name: facts.model,
    source: facts.source,
    date: facts.date ?? "",
    write: cacheWrite === undefined ? 1 : divide(cacheWrite, input),
  };
  if (cacheRead === undefined) return { ...base, read: 1, lifetimeMs: 0, minTokens: 0 };
  const row = cachePrices(caches.find(({ pattern }) => pattern.test(facts.model))?.row ?? "openai");
  return {
    ...base,
    read: divide(cacheRead, input),
    lifetimeMs: longLived.test(facts.model) ? longLifetimeMs : row.lifetimeMs,
    minTokens: minPrefixes.find(({ pattern }) => pattern.test(facts.model))?.tokens ?? row.minTokens,
  };
}

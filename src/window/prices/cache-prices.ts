import { LoadlineError } from "../../shared/errors.ts";
import { requireInteger, requireKnownFields, requireNumber, requireText } from "../../shared/options.ts";

/** A provider's prices for the prompt of a call, relative to fresh input = 1, and the lifetime of its cache. */
export interface CachePrices {
  readonly name: string;
  /** Price of a token read from the cache. */
  readonly read: number;
  /** Price of a token written to the cache. */
  readonly write: number;
  /** How long a prefix stays cached after its last use, in milliseconds. */
  readonly lifetimeMs: number;
  /** A shorter prefix is not cached, in tokens. */
  readonly minTokens: number;
  /** Where the prices were published, and when they were read. */
  readonly source: string;
  readonly date: string;
}

const minuteMs = 60_000;

const table: readonly CachePrices[] = [
  {
    name: "anthropic",
    read: 0.1,
    write: 1.25,
    lifetimeMs: 5 * minuteMs,
    minTokens: 1024,
    source: "Anthropic documentation, Prompt caching: 5-minute cache writes 1.25, reads 0.1 of base input",
    date: "2026-11-23",
  },
  {
    name: "anthropic-1h",
    read: 0.1,
    write: 2,
    lifetimeMs: 60 * minuteMs,
    minTokens: 1024,
    source: "Anthropic documentation, Prompt caching: 1-hour cache writes 2, reads 0.1 of base input",
    date: "2026-11-23",
  },
  {
    name: "openai",
    read: 0.1,
    write: 1,
    lifetimeMs: 5 * minuteMs,
    minTokens: 1024,
    source:
      "OpenAI pricing and Prompt caching guide: GPT-5 class cached input a tenth; 5 to 10 minutes of inactivity",
    date: "2026-11-23",
  },
  {
    name: "openai-4.1",
    read: 0.25,
    write: 1,
    lifetimeMs: 5 * minuteMs,
    minTokens: 1024,
    source: "OpenAI pricing: GPT-4.1 and o4-mini class cached input a quarter",
    date: "2026-11-23",
  },
  {
    name: "openai-4o",
    read: 0.5,
    write: 1,
    lifetimeMs: 5 * minuteMs,
    minTokens: 1024,
    source: "OpenAI pricing: GPT-4o class cached input a half",
    date: "2026-11-23",
  },
  {
    name: "gemini",
    read: 0.1,
    write: 1,
    lifetimeMs: 5 * minuteMs,
    minTokens: 1024,
    source:
      "Gemini API pricing, implicit context caching of 2.5 models and later: a tenth of input; lifetime not published",
    date: "2026-11-23",
  },
  {
    name: "deepseek",
    read: 0.1,
    write: 1,
    lifetimeMs: 60 * minuteMs,
    minTokens: 64,
    source: "DeepSeek API documentation, Context caching: hits a tenth; kept for hours when in use",
    date: "2026-11-23",
  },
  {
    name: "none",
    read: 1,
    write: 1,
    lifetimeMs: 0,
    minTokens: 0,
    source: "a provider without a cache: every token is billed as fresh input",
    date: "2026-11-23",
  },
];

/** A price this many times that of fresh input is a typing error. */
const maxPrice = 100;

/** Names that `cachePrices` accepts. */
export const cachePriceNames: readonly string[] = table.map((row) => row.name);

/** Returns a provider's prices by name, or checks custom ones. Errors: `invalid-option`. */
export function cachePrices(choice: string | CachePrices): CachePrices {
  if (typeof choice !== "string") return checkPrices(choice);
  const found = table.find((row) => row.name === choice);
  if (found === undefined) {
    throw new LoadlineError(
      "invalid-option",
      `prices: got ${JSON.stringify(choice)}, allowed: ${cachePriceNames.join(", ")}, or prices of your own`,
      { details: { option: "prices", allowed: cachePriceNames } },
    );
  }
  return found;
}

function checkPrices(prices: CachePrices): CachePrices {
  requireKnownFields("prices", prices, [
    "name",
    "read",
    "write",
    "lifetimeMs",
    "minTokens",
    "source",
    "date",
  ]);
  requireText("prices.name", prices.name);
  requireNumber("prices.read", prices.read, 0, maxPrice);
  requireNumber("prices.write", prices.write, 0, maxPrice);
  requireInteger("prices.lifetimeMs", prices.lifetimeMs, 0);
  requireInteger("prices.minTokens", prices.minTokens, 0);
  return prices;
}

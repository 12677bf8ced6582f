import type { TokenCounter } from "./counter.ts";
import { cutRuns } from "./cut-runs.ts";

/** Version of the library that holds the vocabularies; a test compares it with the installed one. */
export const bpeVersion = "gpt-tokenizer@4.0.0";

type CountTokens = (text: string, options: { readonly disallowedSpecial: Set<string> }) => number;

// Text that looks like a special token is text: a conversation about tokenizers must not throw.
const asText = { disallowedSpecial: new Set<string>() };

function makeBpeCounter(name: string, countTokens: CountTokens): TokenCounter {
  return {
    id: `${name}/${bpeVersion}`,
    exact: true,
    count: (text) => {
      let total = 0;
      for (const piece of cutRuns(text)) total += countTokens(piece, asText);
      return total;
    },
  };
}

/**
 * Returns the exact counter of GPT-4o, GPT-4.1, GPT-5 and the o-series. Loads its vocabulary (about 150 ms) on the first call.
 */
export async function o200kCounter(): Promise<TokenCounter> {
  const { countTokens } = await import("gpt-tokenizer/encoding/o200k_base");
  return makeBpeCounter("o200k_base", countTokens);
}

/** Returns the exact counter of GPT-4 and GPT-3.5. Loads its vocabulary on the first call. */
export async function cl100kCounter(): Promise<TokenCounter> {
  const { countTokens } = await import("gpt-tokenizer/encoding/cl100k_base");
  return makeBpeCounter("cl100k_base", countTokens);
}

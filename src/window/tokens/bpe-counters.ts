import type { TokenCounter } from "./counter.ts";
import { cutWords } from "./cut-runs.ts";

/** Version of the library that holds the vocabularies; a test compares it with the installed one. */
export const bpeVersion = "gpt-tokenizer@4.0.0";

type CountTokens = (text: string, options: { readonly disallowedSpecial: Set<string> }) => number;

// Text that looks like a special token is text: a conversation about tokenizers must not throw.
const asText = { disallowedSpecial: new Set<string>() };

/** Words whose counts are kept, about 10 MB; a text has the same few thousand again and again. */
const maxKeptWords = 100_000;
/** A longer word rarely repeats. */
const maxWordLength = 32;

/**
 * Makes a counter that splits a text by the vocabulary's own pattern and counts each different word once: exact, and 2 to 3 times as
 * fast as counting the text at once (docs/decisions/2026-11-29-hot-path.md).
 */
function makeBpeCounter(name: string, countTokens: CountTokens, split: RegExp): TokenCounter {
  const counts = new Map<string, number>();
  const countWord = (word: string): number => {
    if (word.length > maxWordLength) return countTokens(word, asText);
    const held = counts.get(word);
    if (held !== undefined) return held;
    const count = countTokens(word, asText);
    if (counts.size >= maxKeptWords) counts.clear();
    // A slice would keep the text that it was cut from in memory.
    counts.set(` ${word}`.slice(1), count);
    return count;
  };
  return {
    id: `${name}/${bpeVersion}`,
    exact: true,
    cut: cutWords,
    count: (text) => {
      let total = 0;
      for (const piece of cutWords(text))
        for (const word of piece.match(split) ?? []) total += countWord(word);
      return total;
    },
  };
}

/**
 * Returns the exact counter of GPT-4o, GPT-4.1, GPT-5 and the o-series. Loads its vocabulary (about 150 ms) on the first call.
 */
export async function o200kCounter(): Promise<TokenCounter> {
  const { countTokens } = await import("gpt-tokenizer/encoding/o200k_base");
  const { O200K_TOKEN_SPLIT_REGEX } = await import("gpt-tokenizer/encodingParams/constants");
  return makeBpeCounter("o200k_base", countTokens, O200K_TOKEN_SPLIT_REGEX);
}

/** Returns the exact counter of GPT-4 and GPT-3.5. Loads its vocabulary on the first call. */
export async function cl100kCounter(): Promise<TokenCounter> {
  const { countTokens } = await import("gpt-tokenizer/encoding/cl100k_base");
  const { CL100K_TOKEN_SPLIT_REGEX } = await import("gpt-tokenizer/encodingParams/constants");
  return makeBpeCounter("cl100k_base", countTokens, CL100K_TOKEN_SPLIT_REGEX);
}

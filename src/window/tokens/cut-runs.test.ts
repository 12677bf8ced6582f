import * as fc from "fast-check";
import { countTokens as countCl100k } from "gpt-tokenizer/encoding/cl100k_base";
import { countTokens as countO200k } from "gpt-tokenizer/encoding/o200k_base";
import { expect, test } from "vitest";
import { cl100kCounter, o200kCounter } from "./bpe-counters.ts";
import { cutRuns, cutWords } from "./cut-runs.ts";

const asText = { disallowedSpecial: new Set<string>() };

const piece = fc.oneof(
  fc.constantFrom(
    "don't",
    "I'LL",
    " ",
    "  ",
    "\n",
    "\r\n",
    "\t",
    "1234567",
    "漢字",
    "ё",
    "e\u0301",
    "😀",
    "’s",
    "'",
    "_",
    "/",
  ),
  fc.constantFrom(
    '{"a":[1,2.5e10]}',
    "<|endoftext|>",
    "const userId = 8443;",
    "\u00a0",
    "\u2028",
    "\ud800",
    "नमस्ते",
  ),
  fc.string({ unit: "binary", maxLength: 12 }),
);
const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(""));

test("counting each word once gives the library's own counts", async () => {
  const pairs = [
    [await o200kCounter(), countO200k],
    [await cl100kCounter(), countCl100k],
  ] as const;
  fc.assert(
    fc.property(text, (given) => {
      for (const [counter, countTokens] of pairs) {
        const whole = cutRuns(given).reduce((sum, run) => sum + countTokens(run, asText), 0);
        expect(counter.count(given)).toBe(whole);
      }
    }),
    { numRuns: 400, seed: 20261129 },
  );
});

test("pieces of a long text join to it, and their counts add up to its own", async () => {
  const pairs = [
    [await o200kCounter(), countO200k],
    [await cl100kCounter(), countCl100k],
  ] as const;
  fc.assert(
    fc.property(
      fc.array(text, { minLength: 5, maxLength: 20 }),
      fc.integer({ min: 20, max: 60 }),
      (parts, times) => {
        const given = parts.join(" ").repeat(times);
        const pieces = [...cutWords(given)];
        expect(pieces.join("")).toBe(given);
        for (const [counter, countTokens] of pairs) {
          const whole = cutRuns(given).reduce((sum, run) => sum + countTokens(run, asText), 0);
          expect(pieces.reduce((sum, one) => sum + counter.count(one), 0)).toBe(whole);
        }
      },
    ),
    { numRuns: 12, seed: 20261129 },
  );
});

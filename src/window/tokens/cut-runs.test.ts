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

/** Cuts in one piece, without windows: the rule that `cutRuns` keeps. */
function cutAtOnce(text: string): readonly string[] {
  const pieces: string[] = [];
  let from = 0;
  for (const match of text.matchAll(/[\p{L}\p{M}]{401,}|[^\s\p{L}\p{N}]{401,}|\s{401,}/gu)) {
    while (match.index + match[0].length - from > 400) {
      const isAhead = match.index > from;
      const code = text.charCodeAt(from + 399);
      const end = isAhead ? match.index : from + (code >= 0xd800 && code <= 0xdbff ? 399 : 400);
      pieces.push(text.slice(from, end));
      from = end;
    }
  }
  return from < text.length || text === "" ? [...pieces, text.slice(from)] : pieces;
}

test("a long text searched in windows is cut as in one piece", () => {
  const run = fc
    .tuple(
      fc.constantFrom("a", "é", "\u0301", "漢", "𝒳", "-", "🙂", " ", "\n", "7", "ab ", ". ", "\ud800"),
      fc.constantFrom(1, 399, 400, 401, 1_000, 30_000, 70_000),
    )
    .map(([unit, length]) => unit.repeat(Math.ceil(length / unit.length)));
  fc.assert(
    fc.property(fc.array(run, { minLength: 1, maxLength: 12 }), (runs) => {
      const given = runs.join("");
      expect(cutRuns(given)).toEqual(cutAtOnce(given));
    }),
    { numRuns: 60, seed: 20261129 },
  );
});

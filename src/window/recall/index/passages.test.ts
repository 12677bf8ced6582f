import * as fc from "fast-check";
import { expect, test } from "vitest";
import { splitPassages } from "./passages.ts";

test("splitPassages keeps a short text as one passage", () => {
  expect(splitPassages("short", 512, 512)).toEqual([{ start: 0, end: 5 }]);
});

test("splitPassages cuts a long text between paragraphs if it can", () => {
  const paragraph = `${"word ".repeat(19)}end.\n\n`;
  const text = paragraph.repeat(4);
  const ranges = splitPassages(text, 80, 30);
  // 30 of 80 tokens are 151 of 404 characters: one paragraph of 101 fits, two do not.
  expect(ranges.map(({ start, end }) => text.slice(start, end))).toEqual(
    Array(4).fill(paragraph).slice(0, ranges.length),
  );
});

test("splitPassages never splits a surrogate pair", () => {
  const text = "😀".repeat(50);
  for (const { start, end } of splitPassages(text, 100, 7)) expect((end - start) % 2).toBe(0);
});

test("splitPassages covers any text in order, with no passage empty or over its share", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.integer({ min: 0, max: 2000 }),
      fc.integer({ min: 16, max: 600 }),
      (text, tokens, passageTokens) => {
        const ranges = splitPassages(text, tokens, passageTokens);
        expect(ranges.map(({ start, end }) => text.slice(start, end)).join("")).toBe(text);
        if (ranges.length === 1) return;
        const limit = Math.max(2, Math.floor((text.length * passageTokens) / tokens));
        for (const { start, end } of ranges) {
          expect(end).toBeGreaterThan(start);
          expect(end - start).toBeLessThanOrEqual(limit);
        }
      },
    ),
  );
});

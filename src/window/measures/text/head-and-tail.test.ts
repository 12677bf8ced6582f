import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutToHeadAndTail } from "./head-and-tail.ts";

/** Cuts with one token per character, so that sums can be worked out by hand. */
function cut(text: string, maxTokens: number): string | undefined {
  return cutToHeadAndTail(text, {
    maxTokens,
    totalTokens: text.length,
    writeNote: (leftOut) => `[${leftOut} left out]`,
    countTokens: (one) => one.length,
  })?.text;
}

const lines = Array.from({ length: 100 }, (_, index) => `line ${index + 1}`).join("\n");

describe("cutToHeadAndTail", () => {
  test("keeps entire lines of both ends and says which are left out", () =>
    expect(cut(lines, 100)).toBe(
      "line 1\nline 2\nline 3\nline 4\nline 5\n[lines 6 to 96 of 100 left out]\nline 97\nline 98\nline 99\nline 100",
    ));
  test("cuts a text of one long line at spaces", () => {
    const text = Array.from({ length: 200 }, (_, index) => `w${index}`).join(" ");
    const short = cut(text, 120) ?? "";
    expect(short).toMatch(/^w0 w1 .* w\d+ \n\[\d+ of 889 characters left out\]\nw\d+ .* w199$/s);
  });
  test("returns undefined when not even the note fits", () => expect(cut(lines, 20)).toBeUndefined());
  test("keeps both ends verbatim, whole code points, within the limit and close to it", () => {
    const unit = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom("a", "Zoë", "漢字", "😀", " ", "{}", "0123456789") },
      { weight: 1, arbitrary: fc.constant("\n") },
    );
    const text = fc.array(unit, { minLength: 300, maxLength: 900 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, fc.integer({ min: 120, max: 280 }), (whole, maxTokens) => {
        const short = cut(whole, maxTokens) ?? "";
        const [head = "", tail = ""] = short.split(/\[[^\]]* left out\]\n/);
        expect(short.length).toBeLessThanOrEqual(maxTokens);
        expect(short.length).toBeGreaterThan(maxTokens / 2);
        expect(whole.startsWith(head) || whole.startsWith(head.slice(0, -1))).toBe(true);
        expect(whole.endsWith(tail)).toBe(true);
        expect(short.isWellFormed()).toBe(true);
      }),
      { numRuns: 300, seed: 41 },
    );
  });
});

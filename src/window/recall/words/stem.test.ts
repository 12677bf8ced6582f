import { expect, test } from "vitest";
import * as fc from "fast-check";
import { stem } from "./stem.ts";

/** From the published sample vocabulary of the algorithm, and one word for each of its rules. */
const published: readonly (readonly [string, string])[] = [
  ["consign", "consign"],
  ["consigned", "consign"],
  ["consigning", "consign"],
  ["consignment", "consign"],
  ["consist", "consist"],
  ["consisted", "consist"],
  ["consistency", "consist"],
  ["consistent", "consist"],
  ["consistently", "consist"],
  ["consolation", "consol"],
  ["consolations", "consol"],
  ["consolatory", "consolatori"],
  ["console", "consol"],
  ["consolidate", "consolid"],
  ["consolidating", "consolid"],
  ["consoling", "consol"],
  ["conspicuous", "conspicu"],
  ["conspicuously", "conspicu"],
  ["knack", "knack"],
  ["knackeries", "knackeri"],
  ["knavish", "knavish"],
  ["kneaded", "knead"],
  ["kneeling", "kneel"],
  ["knightly", "knight"],
  ["knocker", "knocker"],
  ["knockers", "knocker"],
  ["caresses", "caress"],
  ["ties", "tie"],
  ["cries", "cri"],
  ["gas", "gas"],
  ["this", "this"],
  ["kiwis", "kiwi"],
  ["luxuriated", "luxuri"],
  ["hopping", "hop"],
  ["hoping", "hope"],
  ["cry", "cri"],
  ["by", "by"],
  ["say", "say"],
  ["generously", "generous"],
  ["communism", "communism"],
  ["skies", "sky"],
  ["news", "news"],
  ["succeeding", "succeed"],
  ["innings", "inning"],
  ["dying", "die"],
  ["nationality", "nation"],
  ["hopefulness", "hope"],
  ["rationalization", "ration"],
  ["geology", "geolog"],
  ["controlled", "control"],
  ["controlling", "control"],
  ["rolling", "roll"],
  ["adoption", "adopt"],
  ["youth", "youth"],
  ["boyish", "boyish"],
];

test.each(published)("stem reduces %s to %s", (word, expected) => {
  expect(stem(word)).toBe(expected);
});

test("stem reduces irregular forms to the stem of their base", () => {
  expect(stem("went")).toBe(stem("go"));
  expect(stem("bought")).toBe(stem("buying"));
  expect(stem("children")).toBe(stem("child"));
});

test("stem returns anything but a lower-case English word unchanged", () => {
  for (const word of ["", "a", "is", "x86", "Ünal", "日本", "sha256"]) expect(stem(word)).toBe(word);
});

test("a stem is never empty, nor longer than the word and one letter", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{1,24}$/), (word) => {
      const result = stem(word);
      expect(result.length).toBeGreaterThan(0);
      expect(result.length).toBeLessThanOrEqual(Math.max(word.length + 1, 10));
    }),
  );
});

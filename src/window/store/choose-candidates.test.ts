import { expect, test } from "vitest";
import { chooseCandidates } from "./choose-candidates.ts";
import type { SearchScope } from "./choose-candidates.ts";

/** Makes a thread whose entries each have 10 terms; `held` gives, by term, its occurrences in each entry. */
function scope(
  thread: string,
  documentCount: number,
  held: Readonly<Record<string, [number, number][]>>,
): SearchScope {
  return {
    thread,
    documentCount,
    totalLength: documentCount * 10,
    frequency: (term) => held[term]?.length ?? 0,
    occurrences: (term) => new Map(held[term]),
    length: () => 10,
  };
}

const everywhere = (count: number): [number, number][] => Array.from({ length: count }, (_, seq) => [seq, 1]);

test("the score equals BM25 worked out by hand", () => {
  // N = 10, every length the mean, so a term adds idf * c * 2.2 / (c + 1.2), idf = ln((N - n + 0.5) / (n + 0.5)).
  // a: n = 1, idf = ln(9.5 / 1.5) = 1.846; b: n = 2, idf = ln(8.5 / 2.5) = 1.224.
  // Entry 7 holds a once: 1.846. Entry 3 holds b once: 1.224. Entry 5 holds b four times: 1.224 * 8.8 / 5.2 = 2.071.
  const found = chooseCandidates(
    [
      scope("m", 10, {
        a: [[7, 1]],
        b: [
          [3, 1],
          [5, 4],
        ],
      }),
    ],
    ["b", "a"],
    9,
  );
  expect(found.candidates.map(({ seq }) => seq)).toEqual([5, 7, 3]);
  expect(found.documentFrequency).toEqual([2, 1]);
  expect(found.averageLength).toBe(10);
});

test("equal scores are ordered by the given threads, then by age", () => {
  const rows: [number, number][] = [
    [4, 1],
    [1, 1],
  ];
  const found = chooseCandidates([scope("z", 9, { a: rows }), scope("b", 9, { a: rows })], ["a"], 3);
  expect(found.candidates).toEqual([
    { thread: "z", seq: 1 },
    { thread: "z", seq: 4 },
    { thread: "b", seq: 1 },
  ]);
});

test("a repeated term counts once in the score, but each gets its frequency", () => {
  const threads = [
    scope("m", 9, {
      a: [[1, 1]],
      b: [
        [2, 1],
        [3, 1],
      ],
    }),
  ];
  expect(chooseCandidates(threads, ["b", "a", "b"], 9)).toEqual({
    ...chooseCandidates(threads, ["b", "a"], 9),
    documentFrequency: [2, 1, 2],
  });
});

test("very common terms are counted but not read if rarer terms can choose", () => {
  const read: string[] = [];
  const thread = scope("m", 100_000, {
    common: everywhere(60_000),
    also: everywhere(70_000),
    rare: [[9, 1]],
  });
  const watched = { ...thread, occurrences: (term: string) => (read.push(term), thread.occurrences(term)) };
  const found = chooseCandidates([watched], ["also", "common", "rare"], 5);
  expect(found.documentFrequency).toEqual([70_000, 60_000, 1]);
  expect(found.candidates).toEqual([{ thread: "m", seq: 9 }]);
  expect(read).toEqual(["rare"]);
  // Without rarer terms, the rarest of the common ones still chooses.
  expect(chooseCandidates([watched], ["also", "common"], 5).candidates).toHaveLength(5);
  expect(read).toEqual(["rare", "common"]);
});

test("only the 64 rarest terms of a pasted document choose", () => {
  const words = Array.from({ length: 200 }, (_, index) => `w${(index * 7) % 200}`);
  const held = Object.fromEntries(words.map((word) => [word, everywhere(Number(word.slice(1)) + 1)]));
  const read: string[] = [];
  const thread = scope("m", 1_000, held);
  const watched = { ...thread, occurrences: (term: string) => (read.push(term), thread.occurrences(term)) };
  expect(chooseCandidates([watched], words, 5).documentFrequency).toHaveLength(200);
  expect(read).toEqual(Array.from({ length: 64 }, (_, index) => `w${index}`));
});

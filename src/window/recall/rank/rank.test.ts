import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RecallDocument } from "../index/document.ts";
import { rankDocuments } from "./rank.ts";
import type { RankOptions } from "./rank.ts";
import { buildRecallIndex } from "../index/recall-index.ts";

const day = 86_400_000;

function documents(
  rows: readonly (Partial<RecallDocument> & { readonly text: string })[],
): readonly RecallDocument[] {
  return rows.map((row, seq) => ({
    seq,
    role: "user",
    speaker: undefined,
    time: undefined,
    tokens: 20,
    ...row,
  }));
}

function order(
  rows: Parameters<typeof documents>[0],
  text: string,
  options: RankOptions = {},
): readonly number[] {
  return rankDocuments(buildRecallIndex(documents(rows)), { text }, options).map(
    ({ passage }) => passage.seq,
  );
}

describe("rankDocuments by words", () => {
  test("leaves out a passage if neither it nor a neighbour shares a word with the question", () => {
    expect(
      order(
        [
          { text: "zebra", time: 0 },
          { text: "violet", time: 9 * day },
        ],
        "a zebra?",
      ),
    ).toEqual([0]);
  });
  test("finds nothing for a question of stop words", () => {
    expect(order([{ text: "zebra" }], "what is it?")).toEqual([]);
  });
  test("ranks a rare identifier above common words, in tool results too", () => {
    const rows = [
      ...Array.from({ length: 8 }, (_, n) => ({
        text: `the function fails with an error ${n}`,
        time: n * day,
      })),
      { text: "at extendRecallIndex (recall-index.ts:80)", role: "tool" as const, time: 20 * day },
    ];
    expect(order(rows, "why does the function extendRecallIndex fail?")[0]).toBe(8);
  });
  test("finds a Chinese sentence", () => {
    const rows = [
      { text: "我昨天去了北京", time: 0 },
      { text: "我喜欢吃苹果", time: 9 * day },
    ];
    expect(order(rows, "苹果")).toEqual([1]);
  });
  test("finds the members of a kind of thing", () => {
    expect(
      order(
        [
          { text: "cold tea", time: 0 },
          { text: "my trombone and my violin", time: 9 * day },
        ],
        "which instrument",
      ),
    ).toEqual([1]);
  });
});

describe("rankDocuments by what is known of a passage", () => {
  test("ranks the named speaker's words first", () => {
    const rows = [
      { text: "I like the zebra", speaker: "Ida", time: 0 },
      { text: "I like the zebra", speaker: "Ole", time: 9 * day },
    ];
    expect(order(rows, "Does Ida like the zebra?")).toEqual([0, 1]);
    expect(order(rows, "Does Ole like the zebra?")).toEqual([1, 0]);
  });
  test("ranks the session of a named date higher", () => {
    const rows = [
      { text: "zebra", time: Date.UTC(2023, 4, 7) },
      { text: "zebra", time: Date.UTC(2023, 8, 7) },
    ];
    expect(order(rows, "the zebra on 8 May 2023")).toEqual([0, 1]);
  });
  test("finds by a date alone what was said then", () => {
    const rows = [
      { text: "violet", time: Date.UTC(2023, 4, 7) },
      { text: "granite", time: Date.UTC(2023, 4, 8) },
    ];
    const ranked = rankDocuments(buildRecallIndex(documents(rows)), {
      text: "What did we decide yesterday?",
      now: Date.UTC(2023, 4, 9, 12),
    });
    expect(ranked.map(({ passage }) => passage.seq)).toEqual([1]);
    expect(ranked[0]?.why.terms[0]).toMatchObject({ term: "date", kind: "date" });
  });
  test("finds the answer through the question before it", () => {
    const rows = [{ text: "Which zebra?" }, { text: "The oldest" }, { text: "Good morning" }];
    expect(order(rows, "zebra").slice(0, 2)).toEqual([0, 1]);
  });
  test("ranks a short passage above a long one with the same content", () => {
    const rows = [
      { text: "zebra", tokens: 20, time: 0 },
      { text: "zebra", tokens: 400, time: 9 * day },
    ];
    expect(order(rows, "zebra")).toEqual([0, 1]);
  });
});

test("why lists the terms, the factors and the score that flowed", () => {
  const rows = documents([
    { text: "I saw a zebra", speaker: "Ida" },
    { text: "Really", speaker: "Ole" },
  ]);
  const [first, second] = rankDocuments(buildRecallIndex(rows), { text: "Ida and the zebra" });
  expect(first?.why.terms[0]).toMatchObject({ term: "zebra", kind: "word", own: true });
  expect(first?.why.factors.speaker).toBeGreaterThan(1);
  expect(first?.why.similarity).toBeUndefined();
  expect(second?.why.terms[0]).toMatchObject({ term: "zebra", own: false });
  expect(second?.why.carried).toBeGreaterThan(0);
});

test("the context counts less than the question", () => {
  const index = buildRecallIndex(
    documents([
      { text: "zebra", time: 0 },
      { text: "violet", time: 9 * day },
    ]),
  );
  const ranked = rankDocuments(index, { text: "violet?", context: "We spoke of the zebra" });
  expect(ranked.map(({ passage }) => passage.seq)).toEqual([1, 0]);
});

test("statistics of the collection decide what is rare", () => {
  const rows = [
    { text: "zebra", time: 0 },
    { text: "violet", time: 9 * day },
  ];
  const statistics = (zebra: number, violet: number): RankOptions => ({
    statistics: {
      documentCount: 100_000,
      averageLength: 10,
      documentFrequency: (term) => ({ zebra, violet })[term],
    },
  });
  expect(order(rows, "zebra violet", statistics(3, 9000))).toEqual([0, 1]);
  expect(order(rows, "zebra violet", statistics(9000, 3))).toEqual([1, 0]);
});

test("an embedding finds what shares no word, and why states its cosine", () => {
  const rows = documents([
    { text: "zebra", time: 0 },
    { text: "violet", time: 9 * day },
  ]);
  const embedding = {
    query: new Float32Array([1, 0]),
    vectorOf: ({ seq }: { readonly seq: number }) => new Float32Array(seq === 1 ? [3, 0] : [0, 1]),
  };
  const ranked = rankDocuments(buildRecallIndex(rows), { text: "zebra" }, { embedding });
  expect(ranked.map(({ passage }) => passage.seq).sort()).toEqual([0, 1]);
  expect(ranked.find(({ passage }) => passage.seq === 1)?.why.similarity).toBe(1);
});

test("minShare leaves out scores below its share of the best", () => {
  const rows = [
    { text: "zebra and violet", time: 0 },
    { text: "zebra", time: 9 * day },
  ];
  expect(order(rows, "zebra violet", { minShare: 0 })).toEqual([0, 1]);
  expect(order(rows, "zebra violet", { minShare: 0.9 })).toEqual([0]);
});

test("candidates with the collection's statistics rank as in the entire thread", () => {
  const rows = Array.from({ length: 300 }, (_, seq) => ({
    text: seq % 50 === 7 ? `the granite harbour ${seq}` : seq % 3 === 0 ? "a violet day" : "a zebra night",
    time: Math.floor(seq / 10) * day,
  }));
  const whole = buildRecallIndex(documents(rows));
  const found = new Set(
    [7, 57, 107, 157, 207, 257].flatMap((seq) => [seq - 2, seq - 1, seq, seq + 1, seq + 2]),
  );
  const candidates = buildRecallIndex(documents(rows).filter(({ seq }) => found.has(seq)));
  const statistics = {
    documentCount: whole.documentCount,
    averageLength: whole.totalLength / whole.documentCount,
    documentFrequency: (term: string) => whole.storage.postings.get(term)?.passages.length,
  };
  const best = (index: typeof whole, options: RankOptions): readonly number[] =>
    rankDocuments(index, { text: "granite in the harbour" }, { ...options, limit: 6 }).map(
      ({ passage }) => passage.seq,
    );
  expect(best(candidates, { statistics })).toEqual(best(whole, {}));
});

test("rankDocuments refuses wrong options", () => {
  const index = buildRecallIndex([]);
  expect(() => rankDocuments(index, { text: "x" }, { limit: 0 })).toThrow(/limit/);
  expect(() => rankDocuments(index, { text: "x", time: 3 } as never)).toThrow(/unknown field/);
  expect(() => rankDocuments(index, { text: 3 } as never)).toThrow(/query.text/);
  expect(() => rankDocuments(index, { text: "x", now: Number.NaN })).toThrow(/query.now/);
});

test("scores never rise along the list, of equal scores the newer is first, and the limit only cuts", () => {
  const word = fc.constantFrom("zebra", "violet", "granite", "harbour", "pet", "dog", "Ida");
  const text = fc.array(word, { maxLength: 6 }).map((list) => list.join(" "));
  fc.assert(
    fc.property(
      fc.array(text, { maxLength: 25 }),
      text,
      fc.integer({ min: 1, max: 9 }),
      (texts, query, limit) => {
        const rows = texts.map((text, seq) => ({
          text,
          speaker: seq % 2 === 0 ? "Ida" : "Ole",
          time: (seq >> 2) * day,
        }));
        const index = buildRecallIndex(documents(rows));
        const all = rankDocuments(index, { text: query });
        for (const [position, { score, passage }] of all.entries()) {
          const before = all[position - 1];
          expect(score).toBeGreaterThan(0);
          if (before === undefined) continue;
          expect(before.score).toBeGreaterThanOrEqual(score);
          if (before.score === score) expect(before.passage.seq).toBeGreaterThan(passage.seq);
        }
        expect(rankDocuments(index, { text: query }, { limit })).toEqual(all.slice(0, limit));
      },
    ),
  );
});

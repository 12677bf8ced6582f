import * as fc from "fast-check";
import { expect, test } from "vitest";
import { packRanked } from "./pack.ts";
import type { RankedPassage } from "./rank.ts";

const why = {
  terms: [],
  carried: 0,
  coverage: 1,
  factors: { speaker: 1, date: 1, form: 1, length: 1 },
  session: 1,
  similarity: undefined,
};

function makeRanking(costs: readonly number[], sessions: readonly number[] = []): readonly RankedPassage[] {
  return costs.map((tokens, seq) => ({
    passage: { seq, part: 0, parts: 1, start: 0, end: 0, tokens, session: sessions[seq] ?? 0 },
    score: 1,
    why,
  }));
}

test("packRanked takes the best passages that fit, with each session's header once", () => {
  const packed = packRanked(makeRanking([10, 20, 5, 30], [0, 1, 0, 1]), {
    budgetTokens: 60,
    messageCost: ({ tokens }) => tokens + 4,
    sessionCost: (session) => session + 2,
  });
  // 14 + 2, then 24 + 3, then 9: 52. The last would cost 34.
  expect(packed.chosen.map(({ passage }) => passage.seq)).toEqual([0, 1, 2]);
  expect(packed.costTokens).toBe(52);
});

test("packRanked returns nothing for a budget of 0, and refuses a wrong budget or cost", () => {
  const messageCost = (): number => 1;
  expect(packRanked(makeRanking([1]), { budgetTokens: 0, messageCost })).toEqual({
    chosen: [],
    costTokens: 0,
  });
  expect(() => packRanked([], { budgetTokens: -1, messageCost })).toThrow(/budgetTokens/);
  expect(() => packRanked(makeRanking([1]), { budgetTokens: 9, messageCost: () => Number.NaN })).toThrow(
    /cost/,
  );
});

test("packRanked is never over budget, and a larger budget keeps everything of a smaller one", () => {
  const cost = fc.integer({ min: 0, max: 300 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cost, fc.integer({ min: 0, max: 4 })), { maxLength: 30 }),
      cost,
      cost,
      (entries, small, more) => {
        const list = makeRanking(
          entries.map(([tokens]) => tokens),
          entries.map(([, session]) => session),
        );
        const pack = (budgetTokens: number): ReturnType<typeof packRanked> =>
          packRanked(list, { budgetTokens, messageCost: ({ tokens }) => tokens, sessionCost: () => 7 });
        const [less, larger] = [pack(small), pack(small + more)];
        expect(less.costTokens).toBeLessThanOrEqual(small);
        expect(larger.chosen).toEqual(expect.arrayContaining([...less.chosen]));
      },
    ),
  );
});

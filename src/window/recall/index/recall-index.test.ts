import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { RecallDocument } from "./document.ts";
import { rankDocuments } from "../rank/rank.ts";
import { buildRecallIndex, extendRecallIndex } from "./recall-index.ts";

const hour = 3_600_000;

function say(seq: number, text: string, more: Partial<RecallDocument> = {}): RecallDocument {
  return { seq, role: "user", speaker: undefined, time: undefined, text, tokens: 10, ...more };
}

test("a pause of more than an hour starts a session, an unknown time does not", () => {
  const times = [0, 0, hour, undefined, hour * 9, hour * 9.5, hour * 11];
  const index = buildRecallIndex(times.map((time, seq) => say(seq, "x", { time })));
  // Between 3 (unknown) and 4 no pause is known, so the second session starts at 6.
  expect(index.storage.passages.map(({ session }) => session)).toEqual([0, 0, 0, 0, 0, 0, 1]);
  expect(index.sessionCount).toBe(2);
});

test("a long document becomes adjacent passages", () => {
  const index = buildRecallIndex([say(4, "alpha beta. ".repeat(100), { tokens: 300 }), say(9, "gamma")], {
    passageTokens: 100,
  });
  expect(index.storage.passages.map(({ seq, part, parts }) => [seq, part, parts])).toEqual([
    [4, 0, 4],
    [4, 1, 4],
    [4, 2, 4],
    [4, 3, 4],
    [9, 0, 1],
  ]);
  expect(index.storage.follows).toEqual([false, true, true, true, false]);
});

test("extendRecallIndex refuses documents out of order and leaves the index unchanged", () => {
  const index = buildRecallIndex([say(1, "one")]);
  expect(() => extendRecallIndex(index, [say(2, "two"), say(2, "again")])).toThrow(/rising order/);
  expect(index.storage.documents.length).toBe(1);
});

test("buildRecallIndex refuses unknown options", () => {
  expect(() => buildRecallIndex([], { passageToken: 3 } as never)).toThrow(/unknown field/);
  expect(() => buildRecallIndex([], { passageTokens: Number.NaN })).toThrow(/passageTokens/);
});

const words = ["apple", "bridge", "candle", "desert", "engine", "forest", "guitar"];
const texts = fc.array(
  fc.array(fc.constantFrom(...words), { maxLength: 8 }).map((list) => list.join(" ")),
  {
    maxLength: 20,
  },
);

test("an extended index ranks like one built at once, and the old one as before", () => {
  fc.assert(
    fc.property(texts, texts, texts, fc.constantFrom(...words), (first, second, other, word) => {
      const documents = [...first, ...second].map((text, seq) => say(seq, text, { speaker: `S${seq % 3}` }));
      const fork = other.map((text, position) => say(first.length + position, text));
      const whole = buildRecallIndex(documents);
      const start = buildRecallIndex(documents.slice(0, first.length));
      const before = rankDocuments(start, { text: word });
      const extended = extendRecallIndex(start, documents.slice(first.length));
      expect(rankDocuments(extended, { text: word })).toEqual(rankDocuments(whole, { text: word }));
      expect(rankDocuments(start, { text: word })).toEqual(before);
      const forked = extendRecallIndex(start, fork);
      const built = buildRecallIndex([...documents.slice(0, first.length), ...fork]);
      expect(rankDocuments(forked, { text: word })).toEqual(rankDocuments(built, { text: word }));
    }),
  );
});

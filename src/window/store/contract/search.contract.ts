import * as fc from "fast-check";
import { expect, test } from "vitest";
import { openMemoryStore } from "../memory-store.ts";
import { chainEntries, threadRecord } from "./fixture.contract.ts";
import type { Given } from "./given.contract.ts";

/** Tests search: exact terms, order, and the same results as the memory store. */
export function searchContract(given: Given): void {
  const oddTerms = [
    "a_b",
    "path/to.ts",
    "or",
    "and",
    "near",
    "naïve",
    "日本",
    "x-1",
    '"q"',
    "(",
    "*",
    "col:x",
    "OR",
    "T",
    "t",
    "\u0000",
    "😀",
    "'",
    "1t",
    "x41",
  ];

  test("terms match exactly, whatever characters they contain", async () => {
    const store = given.store();
    await store.openThread(threadRecord("m"));
    await store.append("m", chainEntries(oddTerms.map(String), { terms: oddTerms }));
    for (const [seq, term] of oddTerms.entries()) {
      const found = await store.search(["m"], [term], 9);
      expect([term, found.documentFrequency, found.candidates]).toEqual([term, [1], [{ thread: "m", seq }]]);
    }
    const nothing = await store.search(
      ["m"],
      ["A_b", "path", "", " ", "a_b OR t", '" OR "', "entry_words:t"],
      9,
    );
    expect(nothing.documentFrequency).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(nothing.candidates).toEqual([]);
  });

  test("an empty query, an empty thread and no threads give empty results", async () => {
    const store = given.store();
    await store.openThread(threadRecord("m"));
    const empty = { documentCount: 0, averageLength: 0, documentFrequency: [0], candidates: [] };
    expect(await store.search(["m"], ["a"], 9)).toEqual(empty);
    expect(await store.search([], ["a"], 9)).toEqual(empty);
    await store.append("m", chainEntries(["x"], { terms: ["a b c"] }));
    expect(await store.search(["m"], [], 9)).toEqual({
      ...empty,
      documentCount: 1,
      averageLength: 3,
      documentFrequency: [],
    });
    expect((await store.search(["m"], ["a"], 0)).candidates).toEqual([]);
  });

  test("rare words and short entries rank first", async () => {
    const store = given.store();
    const terms = [
      "ship ship ship",
      "ship keel",
      "ship keel rope sail mast hull",
      "keel",
      "ship",
      "ship",
      "rope",
    ];
    await store.openThread(threadRecord("m"));
    await store.append("m", chainEntries(terms, { terms }));
    expect((await store.search(["m"], ["rope"], 9)).candidates.map(({ seq }) => seq)).toEqual([6, 2]);
    expect((await store.search(["m"], ["keel"], 2)).candidates.map(({ seq }) => seq)).toEqual([3, 1]);
  });

  test("a search gives the same results as the memory store", async () => {
    const store = given.store();
    const memory = openMemoryStore();
    const word = fc.constantFrom("a", "b", "c", "d", "e_f", "Ö", "g", "h", "rare");
    const threads = fc.array(fc.array(fc.array(word, { maxLength: 8 }), { maxLength: 12 }), {
      minLength: 1,
      maxLength: 3,
    });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        threads,
        fc.array(word, { maxLength: 5 }),
        fc.integer({ min: 1, max: 12 }),
        async (rows, asked, limit) => {
          round++;
          const names = rows.map((_, index) => `${round}/${rows.length - index}`);
          for (const [index, row] of rows.entries()) {
            const terms = row.map((words) => words.join(" "));
            for (const each of [store, memory]) {
              await each.openThread(threadRecord(names[index] ?? ""));
              await each.append(names[index] ?? "", chainEntries(terms, { terms }));
            }
          }
          expect(await store.search(names, asked, limit)).toEqual(await memory.search(names, asked, limit));
        },
      ),
      { seed: 5, numRuns: 60 },
    );
  });
}

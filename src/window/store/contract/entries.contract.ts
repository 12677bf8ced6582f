import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Entry } from "../store.ts";
import { chainEntries, threadRecord } from "./fixture.contract.ts";
import { code, oddTexts } from "./given.contract.ts";
import type { Given } from "./given.contract.ts";

/** Tests appending, reading, and finding by hash. */
export function entryContract(given: Given): void {
  test("entries come back with every field, outlines without the two long ones", async () => {
    const store = given.store();
    const entries = chainEntries(oddTexts, { terms: ["ann nul", "", "x y z"] });
    await store.openThread(threadRecord("m"));
    expect(await store.append("m", entries)).toEqual({ length: entries.length, hash: entries.at(-1)?.hash });
    expect(await store.entries("m", 0, entries.length)).toEqual(entries);
    expect(await store.outlines("m", 0, entries.length)).toEqual(
      entries.map((entry) => ({ ...entry, json: "", terms: "" })),
    );
    expect(await store.entries("m", 2, 4)).toEqual(entries.slice(2, 4));
  });

  test("any well-formed text comes back unchanged, code unit by code unit", async () => {
    const store = given.store();
    let count = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: "binary", maxLength: 40 }), { maxLength: 5 }),
        async (texts) => {
          const thread = `thread ${count++}`;
          await store.openThread(threadRecord(thread));
          await store.append(thread, chainEntries(texts));
          expect((await store.entries(thread, 0, 9)).map(({ json }) => json)).toEqual(texts);
        },
      ),
      { seed: 11, numRuns: 60 },
    );
  });

  test("a range never leaves its thread, however far it reaches", async () => {
    const store = given.store();
    for (const thread of ["m", "b", "z"]) {
      await store.openThread(threadRecord(thread));
      await store.append(thread, chainEntries([`${thread}0`, `${thread}1`]));
      await store.appendEvents(thread, [{ index: 0, kind: thread, time: 1, json: "{}" }]);
    }
    for (const [from, to] of [
      [0, Number.MAX_SAFE_INTEGER],
      [0, 2 ** 30 + 5],
      [-5, Number.POSITIVE_INFINITY],
    ] as const) {
      expect((await store.entries("b", from, to)).map(({ json }) => json)).toEqual(["b0", "b1"]);
      expect(await store.outlines("b", from, to)).toHaveLength(2);
    }
    expect(await store.entries("b", 2, 1)).toEqual([]);
    expect(await store.entries("b", -9, -1)).toEqual([]);
    expect((await store.events("b", -3)).map(({ kind }) => kind)).toEqual(["b"]);
  });

  test("an entry of 50 MB comes back", async () => {
    const store = given.store();
    const json = `{"role":"user","content":"${"0123456789".repeat(5_000_000)}"}`;
    await store.openThread(threadRecord("m"));
    await store.append("m", chainEntries([json]));
    const [held] = await store.entries("m", 0, 1);
    expect(held?.json === json).toBe(true);
    expect((await store.outlines("m", 0, 1))[0]?.json).toBe("");
  });

  test("appending existing entries again changes nothing", async () => {
    const store = given.store();
    const entries = chainEntries(["a", "b", "c"], { terms: ["one", "two", "one"] });
    await store.openThread(threadRecord("m"));
    const head = await store.append("m", entries);
    expect(await store.append("m", entries)).toEqual(head);
    expect(await store.append("m", entries.slice(1, 2))).toEqual(head);
    expect(await store.append("m", [])).toEqual(head);
    expect(await store.entries("m", 0, 9)).toEqual(entries);
    expect((await store.search(["m"], ["one"], 9)).documentFrequency).toEqual([2]);
  });

  test("a history resent with new entries at its end appends only the new ones", async () => {
    const store = given.store();
    const entries = chainEntries(["a", "b", "c", "d"]);
    await store.openThread(threadRecord("m"));
    await store.append("m", entries.slice(0, 2));
    expect(await store.append("m", entries)).toEqual({ length: 4, hash: entries[3]?.hash });
    expect(await store.entries("m", 0, 9)).toEqual(entries);
  });

  test("entries that do not follow the head are refused as a whole", async () => {
    const store = given.store();
    const entries = chainEntries(["a", "b", "c", "d"]);
    await store.openThread(threadRecord("m"));
    const head = await store.append("m", entries.slice(0, 2));
    const [, , third, fourth] = entries as [Entry, Entry, Entry, Entry];
    const refused: readonly (readonly Entry[])[] = [
      [fourth],
      chainEntries(["a", "other"]),
      [third, { ...fourth, hash: third.hash }],
      [third, { ...fourth, seq: 4 }],
      [third, { ...fourth, json: "changed" }],
      [{ ...third, hash: "f".repeat(64) }],
    ];
    for (const wrong of refused) {
      await expect(store.append("m", wrong)).rejects.toMatchObject(code("head-moved"));
      expect(await store.head("m")).toEqual(head);
    }
    expect(await store.entries("m", 0, 9)).toEqual(entries.slice(0, 2));
  });

  test("of two concurrent appends to one place, one succeeds and the other fails with head-moved", async () => {
    const store = given.store();
    await store.openThread(threadRecord("m"));
    const outcomes = await Promise.allSettled([
      store.append("m", chainEntries(["mine"])),
      store.append("m", chainEntries(["yours"])),
      store.openThread(threadRecord("n")),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(outcomes[1]).toMatchObject({ reason: code("head-moved") });
    expect((await store.entries("m", 0, 9)).map(({ json }) => json)).toEqual(["mine"]);
  });

  test("entries are found by the start of their hash", async () => {
    const store = given.store();
    const entries = chainEntries(Array.from({ length: 300 }, (_, index) => `text ${index}`));
    await store.openThread(threadRecord("m"));
    await store.openThread(threadRecord("other"));
    await store.append("m", entries);
    const start = entries[123]?.hash.slice(0, 2) ?? "";
    const wanted = entries.filter(({ hash }) => hash.startsWith(start));
    expect(await store.findByHash("m", start, 100)).toEqual(wanted);
    expect(await store.findByHash("m", entries[123]?.hash ?? "", 100)).toEqual([entries[123]]);
    expect(await store.findByHash("m", "", 3)).toEqual(entries.slice(0, 3));
    expect(await store.findByHash("m", "", 0)).toEqual([]);
    for (const nothing of ["zz", "%", "a' OR 1=1", "\u0000", `${entries[1]?.hash}0`])
      expect(await store.findByHash("m", nothing, 9)).toEqual([]);
    expect(await store.findByHash("other", "", 9)).toEqual([]);
  });
}

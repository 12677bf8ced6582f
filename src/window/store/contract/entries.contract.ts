import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Entry } from "../store.ts";
import { chainEntries, sealEntry, threadEvent, threadRecord } from "./fixture.contract.ts";
import { code, oddTexts } from "./given.contract.ts";
import type { Given } from "./given.contract.ts";

/** Tests appending, reading, and finding by chain. */
export function entryContract(given: Given): void {
  test("entries come back with every field, outlines without the two long ones", async () => {
    const store = given.store();
    const entries = chainEntries(oddTexts, { terms: ["ann nul", "", "x y z"] });
    await store.openThread(threadRecord("m"));
    expect(await store.append("m", entries)).toEqual({
      length: entries.length,
      chain: entries.at(-1)?.chain,
    });
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
      await store.appendEvents(thread, [threadEvent(0, { kind: thread })]);
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
    expect(await store.append("m", entries)).toEqual({ length: 4, chain: entries[3]?.chain });
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
      [third, { ...fourth, chain: third.chain }],
      [third, { ...fourth, seq: 4 }],
      [third, sealEntry({ ...fourth, key: third.key })],
      [{ ...third, chain: "f".repeat(64) }],
    ];
    for (const wrong of refused) {
      await expect(store.append("m", wrong)).rejects.toMatchObject(code("head-moved"));
      expect(await store.head("m")).toEqual(head);
    }
    expect(await store.entries("m", 0, 9)).toEqual(entries.slice(0, 2));
  });

  test("an entry whose checksum does not match its content is refused with all that came with it", async () => {
    const store = given.store();
    await store.openThread(threadRecord("m"));
    const [first, second] = chainEntries(["a", "b"], { terms: ["one", "two"] }) as [Entry, Entry];
    const changes: readonly Partial<Entry>[] = [
      { json: "changed" },
      { terms: "changed" },
      { parts: [] },
      { tokens: 9 },
      { role: "tool" },
      { speaker: "changed" },
      { time: 1 },
      { counter: "changed" },
      { hidden: true },
      { checksum: "0".repeat(32) },
    ];
    for (const change of changes) {
      const append = store.append("m", [first, { ...second, ...change }], [threadEvent(0)]);
      await expect(append).rejects.toMatchObject(code("store-corrupt"));
      expect(await store.head("m")).toEqual({ length: 0, chain: "" });
      expect(await store.events("m", 0)).toEqual([]);
    }
  });

  test("an entry resent with other bytes of the same meaning keeps the bytes first seen", async () => {
    const store = given.store();
    const entries = chainEntries(["a", "b", "c"]);
    await store.openThread(threadRecord("m"));
    await store.append("m", entries.slice(0, 2));
    const again = entries.map((entry) => sealEntry({ ...entry, json: `${entry.json} again` }));
    expect(await store.append("m", again)).toEqual({ length: 3, chain: entries[2]?.chain });
    expect(await store.entries("m", 0, 9)).toEqual([...entries.slice(0, 2), again[2]]);
  });

  test("events appended with entries are written with them or not at all", async () => {
    const store = given.store();
    const entries = chainEntries(["a", "b", "c"]);
    await store.openThread(threadRecord("m"));
    await store.append("m", entries.slice(0, 1), [threadEvent(0), threadEvent(1)]);
    expect(await store.events("m", 0)).toEqual([threadEvent(0), threadEvent(1)]);
    await expect(store.append("m", entries, [threadEvent(1)])).rejects.toMatchObject(code("head-moved"));
    expect((await store.head("m")).length).toBe(1);
    await expect(store.append("m", entries.slice(2), [threadEvent(2)])).rejects.toMatchObject(
      code("head-moved"),
    );
    expect(await store.events("m", 0)).toHaveLength(2);
    await store.append("m", [], [threadEvent(2)]);
    await store.append("m", entries, [threadEvent(3)]);
    expect(await store.entries("m", 0, 9)).toEqual(entries);
    expect((await store.events("m", 2)).map(({ index }) => index)).toEqual([2, 3]);
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

  test("entries are found by the start of their chain", async () => {
    const store = given.store();
    const entries = chainEntries(Array.from({ length: 300 }, (_, index) => `text ${index}`));
    await store.openThread(threadRecord("m"));
    await store.openThread(threadRecord("other"));
    await store.append("m", entries);
    const start = entries[123]?.chain.slice(0, 2) ?? "";
    const wanted = entries.filter(({ chain }) => chain.startsWith(start));
    expect(await store.findByChain("m", start, 100)).toEqual(wanted);
    expect(await store.findByChain("m", entries[123]?.chain ?? "", 100)).toEqual([entries[123]]);
    expect(await store.findByChain("m", "", 3)).toEqual(entries.slice(0, 3));
    expect(await store.findByChain("m", "", 0)).toEqual([]);
    for (const nothing of ["zz", "%", "a' OR 1=1", "\u0000", `${entries[1]?.chain}0`])
      expect(await store.findByChain("m", nothing, 9)).toEqual([]);
    expect(await store.findByChain("other", "", 9)).toEqual([]);
  });
}

import { expect, test } from "vitest";
import type { Entry, Store } from "../store.ts";
import { chainEntries, threadRecord } from "./fixture.contract.ts";
import { code } from "./given.contract.ts";
import type { Given } from "./given.contract.ts";

/** Tests forks and the past they share. */
export function forkContract(given: Given): void {
  /** Makes main: m0 m1 m2 m3; left forks it at 3: l3 l4; deep forks left at 4: d4; early forks deep at 2, in main's part: e2. */
  async function grow(
    store: Store,
  ): Promise<Readonly<Record<"main" | "left" | "deep" | "early", readonly Entry[]>>> {
    const main = chainEntries(["m0", "m1", "m2", "m3"], { terms: ["ship", "ship load", "mark", "ship"] });
    const after = (past: readonly Entry[], texts: readonly string[], terms: readonly string[]) => [
      ...past,
      ...chainEntries(texts, { seq: past.length, parent: past.at(-1)?.chain ?? "", terms }),
    ];
    const left = after(main.slice(0, 3), ["l3", "l4"], ["load", "ship"]);
    const deep = after(left.slice(0, 4), ["d4"], ["ship hull hull"]);
    const early = after(deep.slice(0, 2), ["e2"], ["mark"]);
    await store.openThread(threadRecord("main"));
    await store.append("main", main);
    await store.openThread(threadRecord("left", { parent: "main", forkSeq: 3 }));
    await store.append("left", left.slice(3));
    await store.openThread(threadRecord("deep", { parent: "left", forkSeq: 4 }));
    await store.append("deep", deep.slice(4));
    await store.openThread(threadRecord("early", { parent: "deep", forkSeq: 2 }));
    await store.append("early", early.slice(2));
    return { main, left, deep, early };
  }

  test("forks three levels deep share their past and are separate after it", async () => {
    const store = given.store();
    const threads = await grow(store);
    for (const [thread, entries] of Object.entries(threads)) {
      expect(await store.entries(thread, 0, 99)).toEqual(entries);
      expect(await store.head(thread)).toEqual({ length: entries.length, chain: entries.at(-1)?.chain });
      for (let from = 0; from < 5; from++)
        for (let to = from; to < 6; to++)
          expect((await store.outlines(thread, from, to)).map(({ chain }) => chain)).toEqual(
            entries.slice(from, to).map(({ chain }) => chain),
          );
      expect(await store.append(thread, entries)).toEqual(await store.head(thread));
      for (const entry of entries) expect(await store.findByChain(thread, entry.chain, 2)).toEqual([entry]);
    }
    expect(await store.findByChain("main", threads.left[3]?.chain ?? "", 1)).toEqual([]);
    expect(await store.findByChain("left", threads.main[3]?.chain ?? "", 1)).toEqual([]);
    expect(await store.verify()).toEqual([]);
  });

  test("a fork without entries of its own ends at its fork place", async () => {
    const store = given.store();
    const { deep } = await grow(store);
    await store.openThread(threadRecord("bare", { parent: "deep", forkSeq: 5 }));
    expect(await store.head("bare")).toEqual({ length: 5, chain: deep[4]?.chain });
    await store.openThread(threadRecord("first", { parent: "deep", forkSeq: 0 }));
    expect(await store.head("first")).toEqual({ length: 0, chain: "" });
    await expect(store.openThread(threadRecord("far", { parent: "deep", forkSeq: 6 }))).rejects.toMatchObject(
      code("not-found"),
    );
    expect(await store.findThread("far")).toBeUndefined();
  });

  test("a fork place must exist, and only a fork has one", async () => {
    const store = given.store();
    await grow(store);
    for (const forkSeq of [-1, 0.5, Number.NaN])
      await expect(store.openThread(threadRecord("odd", { parent: "main", forkSeq }))).rejects.toMatchObject(
        code("invalid-option"),
      );
    await expect(store.openThread(threadRecord("odd", { forkSeq: 3 }))).rejects.toMatchObject(
      code("invalid-option"),
    );
    expect(await store.findThread("odd")).toBeUndefined();
  });

  test("a thread continues after a fork, and the fork does not see it", async () => {
    const store = given.store();
    const { main, left } = await grow(store);
    await store.append("main", chainEntries(["m4"], { seq: 4, parent: main[3]?.chain ?? "" }));
    expect(await store.entries("left", 0, 99)).toEqual(left);
    expect((await store.head("main")).length).toBe(5);
  });

  test("a chain of 300 forks reads to its root", async () => {
    const store = given.store();
    let parent: Entry | undefined;
    for (let seq = 0; seq < 300; seq++) {
      const thread = `fork ${(seq * 7) % 300}`;
      const before = seq === 0 ? undefined : `fork ${((seq - 1) * 7) % 300}`;
      await store.openThread(threadRecord(thread, { parent: before, forkSeq: seq }));
      const [entry] = chainEntries([`t${seq}`], { seq, parent: parent?.chain ?? "", terms: ["same"] });
      if (entry !== undefined) await store.append(thread, [entry]);
      parent = entry;
    }
    const last = `fork ${(299 * 7) % 300}`;
    expect(await store.entries(last, 0, 300)).toHaveLength(300);
    expect((await store.search([last], ["same"], 500)).candidates).toHaveLength(300);
  });

  test("a search in a fork covers its own entries and the shared past only", async () => {
    const store = given.store();
    await grow(store);
    // deep: "ship" "ship load" "mark" "load" "ship hull hull": 5 entries, 1+2+1+1+3 = 8 terms.
    const found = await store.search(["deep"], ["ship", "load", "hull", "absent"], 9);
    expect(found.documentCount).toBe(5);
    expect(found.averageLength).toBeCloseTo(8 / 5, 12);
    expect(found.documentFrequency).toEqual([3, 2, 1, 0]);
    expect(found.candidates.map(({ seq }) => seq).toSorted()).toEqual([0, 1, 3, 4]);
    expect(found.candidates[0]).toEqual({ thread: "deep", seq: 4 });
    // Two threads in one search are one collection; shared entries count in both.
    const both = await store.search(["main", "deep"], ["ship"], 9);
    expect(both.documentCount).toBe(9);
    expect(both.documentFrequency).toEqual([6]);
    expect(both.candidates).toHaveLength(6);
  });
}

import { expect, test } from "vitest";
import { chainEntries, threadRecord } from "./fixture.contract.ts";
import { code } from "./given.contract.ts";
import type { Given } from "./given.contract.ts";

/** Names of threads that a store must keep unchanged. Not sorted. */
const oddThreads: readonly string[] = [
  "z'; DROP TABLE lines; --",
  "a",
  '"quoted"',
  "nul\u0000a",
  "nul\u0000b",
  "nul",
  "%_*?",
  "\uD83D\uDE00",
  "e\u0301",
  "\u00e9",
  " ",
  "A",
  "x".repeat(1_000),
  "__proto__",
  "../../etc/passwd",
];

/** Tests threads, their owners, and calibrations. */
export function threadContract(given: Given): void {
  test("a thread is created once and keeps its first owner", async () => {
    const store = given.store();
    expect(await store.findThread("m")).toBeUndefined();
    expect(await store.openThread(threadRecord("m", { owner: "first" }))).toEqual(
      threadRecord("m", { owner: "first" }),
    );
    expect((await store.openThread(threadRecord("m", { owner: "second", created: 5 }))).owner).toBe("first");
    expect(await store.findThread("m")).toEqual(threadRecord("m", { owner: "first" }));
    expect(await store.head("m")).toEqual({ length: 0, hash: "" });
  });

  test("an owner's threads are listed oldest first, whatever their names and clocks", async () => {
    const store = given.store();
    for (const [index, thread] of ["m", "z", "a", "q"].entries())
      await store.openThread(
        threadRecord(thread, { created: 100 - index, owner: thread === "z" ? "other" : "me" }),
      );
    expect((await store.listThreads("me")).map(({ thread }) => thread)).toEqual(["m", "a", "q"]);
    expect(await store.listThreads("no one")).toEqual([]);
  });

  test("two threads opened at once are one thread", async () => {
    const store = given.store();
    const both = await Promise.all([
      store.openThread(threadRecord("m", { owner: "a" })),
      store.openThread(threadRecord("m", { owner: "b" })),
    ]);
    expect(both[0]).toEqual(both[1]);
    expect(await store.listThreads("a")).toHaveLength(1);
    expect(await store.listThreads("b")).toHaveLength(0);
  });

  test("hostile names of threads, owners and models are kept unchanged and distinct", async () => {
    const store = given.store();
    for (const thread of oddThreads) {
      await store.openThread(threadRecord(thread, { owner: thread }));
      await store.append(thread, chainEntries([thread]));
      await store.writeCalibration({ model: thread, json: JSON.stringify(thread) });
    }
    for (const thread of oddThreads) {
      expect(await store.listThreads(thread)).toEqual([threadRecord(thread, { owner: thread })]);
      expect((await store.entries(thread, 0, 9)).map(({ json }) => json)).toEqual([thread]);
      expect(await store.readCalibration(thread)).toEqual({ model: thread, json: JSON.stringify(thread) });
    }
  });

  test("a thread that was never opened is not found", async () => {
    const store = given.store();
    const calls = [
      store.head("no"),
      store.append("no", chainEntries(["a"])),
      store.entries("no", 0, 1),
      store.outlines("no", 0, 1),
      store.findByHash("no", "a", 1),
      store.search(["no"], ["a"], 1),
      store.appendEvents("no", []),
      store.events("no", 0),
      store.openThread(threadRecord("child", { parent: "no" })),
    ];
    for (const call of await Promise.allSettled(calls))
      expect(call).toMatchObject({ status: "rejected", reason: code("not-found") });
    expect(await store.findThread("child")).toBeUndefined();
  });

  test("the newest calibration of each model is kept", async () => {
    const store = given.store();
    expect(await store.readCalibration("m")).toBeUndefined();
    await store.writeCalibration({ model: "m", json: '{"a":1}' });
    await store.writeCalibration({ model: "b", json: '{"b":1}' });
    await store.writeCalibration({ model: "m", json: '{"a":2}' });
    expect(await store.readCalibration("m")).toEqual({ model: "m", json: '{"a":2}' });
  });
}

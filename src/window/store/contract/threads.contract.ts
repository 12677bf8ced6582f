import { expect, test } from "vitest";
import type { ThreadChanges } from "../store.ts";
import { chainEntries, threadRecord } from "./fixture.contract.ts";
import { code, oddTexts } from "./given.contract.ts";
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
    expect(await store.head("m")).toEqual({ length: 0, chain: "" });
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

  test("a change replaces only the fields that it gives", async () => {
    const store = given.store();
    const first = threadRecord("m", { session: "s", continues: "old", provisionalUntil: 5 });
    expect(await store.openThread(first)).toEqual(first);
    await store.openThread(threadRecord("b"));
    expect(await store.changeThread("m", {})).toEqual(first);
    expect(await store.changeThread("m", { session: "t" })).toEqual({ ...first, session: "t" });
    expect(await store.changeThread("m", { continues: undefined })).toEqual({
      ...first,
      session: "t",
      continues: undefined,
    });
    // A field that may not change is ignored, whatever a caller hands in.
    await store.changeThread("m", { owner: "thief", forkSeq: 3, keyVersion: 9 } as ThreadChanges);
    const last = { ...first, session: "t", continues: undefined };
    expect(await store.findThread("m")).toEqual(last);
    expect(await store.openThread(threadRecord("m"))).toEqual(last);
    expect(await store.findThread("b")).toEqual(threadRecord("b"));
  });

  test("a provisional thread works like any other but is not listed until it is durable", async () => {
    const store = given.store();
    await store.openThread(threadRecord("m", { provisionalUntil: 5, session: "s" }));
    await store.openThread(threadRecord("z", { session: "s" }));
    await store.append("m", chainEntries(["a"]));
    expect((await store.listThreads("someone")).map(({ thread }) => thread)).toEqual(["z"]);
    expect((await store.listThreads("someone", "s")).map(({ thread }) => thread)).toEqual(["z"]);
    expect((await store.head("m")).length).toBe(1);
    await store.changeThread("m", { provisionalUntil: undefined });
    expect((await store.listThreads("someone")).map(({ thread }) => thread)).toEqual(["m", "z"]);
    expect((await store.listThreads("someone", "s")).map(({ thread }) => thread)).toEqual(["m", "z"]);
    await store.changeThread("z", { provisionalUntil: 7 });
    expect((await store.listThreads("someone")).map(({ thread }) => thread)).toEqual(["m"]);
  });

  test("the threads of a session are those of one owner, oldest first", async () => {
    const store = given.store();
    for (const [index, thread] of ["q", "b", "x", "a"].entries())
      await store.openThread(
        threadRecord(thread, { session: index === 1 ? "other" : "s", owner: index === 2 ? "you" : "me" }),
      );
    await store.openThread(threadRecord("none", { owner: "me" }));
    expect((await store.listThreads("me", "s")).map(({ thread }) => thread)).toEqual(["q", "a"]);
    expect((await store.listThreads("you", "s")).map(({ thread }) => thread)).toEqual(["x"]);
    expect(await store.listThreads("me", "")).toEqual([]);
    await store.changeThread("none", { session: "s" });
    await store.changeThread("q", { session: undefined });
    expect((await store.listThreads("me", "s")).map(({ thread }) => thread)).toEqual(["a", "none"]);
  });

  test("what was sent last on a thread replaces what was kept", async () => {
    const store = given.store();
    await store.openThread(threadRecord("m"));
    await store.openThread(threadRecord("b"));
    expect(await store.readSent("m")).toBeUndefined();
    for (const json of [...oddTexts, "last"]) {
      await store.writeSent("m", json);
      expect(await store.readSent("m")).toBe(json);
    }
    expect(await store.readSent("b")).toBeUndefined();
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
      store.findByChain("no", "a", 1),
      store.search(["no"], ["a"], 1),
      store.appendEvents("no", []),
      store.events("no", 0),
      store.changeThread("no", {}),
      store.appendAnswers("no", []),
      store.answers("no", 0),
      store.writeSent("no", "{}"),
      store.readSent("no"),
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

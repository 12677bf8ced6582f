import { expect, test } from "vitest";
import { chainEntries, makeAnswer, threadEvent, threadRecord } from "./fixture.contract.ts";
import { code, oddTexts } from "./given.contract.ts";
import type { Given } from "./given.contract.ts";

/** Tests the events of a thread. */
export function eventContract(given: Given): void {
  test("events keep their order, separately for each thread", async () => {
    const store = given.store();
    await store.openThread(threadRecord("m"));
    await store.openThread(threadRecord("b"));
    await store.appendEvents("m", [threadEvent(0), threadEvent(1)]);
    await store.appendEvents("m", [threadEvent(2)]);
    await store.appendEvents("b", [threadEvent(0)]);
    await store.appendEvents("b", []);
    expect(await store.events("m", 0)).toEqual([threadEvent(0), threadEvent(1), threadEvent(2)]);
    expect(await store.events("m", 2)).toEqual([threadEvent(2)]);
    expect(await store.events("m", 3)).toEqual([]);
    expect(await store.events("b", 0)).toEqual([threadEvent(0)]);
  });

  test("an event's texts come back in their order, as do texts that entries and other events hold", async () => {
    const store = given.store();
    await store.openThread(threadRecord("m"));
    await store.append("m", chainEntries(oddTexts));
    const events = [
      threadEvent(0, { texts: oddTexts }),
      threadEvent(1, { texts: [...oddTexts, ...oddTexts].toReversed() }),
      threadEvent(2, { texts: [""] }),
    ];
    await store.appendEvents("m", events);
    expect(await store.events("m", 0)).toEqual(events);
    expect(await store.verify()).toEqual([]);
  });

  test("an event out of place is refused, with all events of the same call", async () => {
    const store = given.store();
    await store.openThread(threadRecord("m"));
    await store.appendEvents("m", [threadEvent(0)]);
    for (const wrong of [[threadEvent(0)], [threadEvent(2)], [threadEvent(1), threadEvent(3)]])
      await expect(store.appendEvents("m", wrong)).rejects.toMatchObject(code("head-moved"));
    expect(await store.events("m", 0)).toEqual([threadEvent(0)]);
  });
}

/** Tests closing and opening again. */
export function closeContract(given: Given): void {
  test("every call after close fails with store-closed; closing twice is harmless", async () => {
    const store = given.store();
    await store.openThread(threadRecord("m"));
    const last = store.append("m", chainEntries(["queued"]));
    await Promise.all([store.close(), store.close()]);
    expect((await last).length).toBe(1);
    await store.close();
    const calls = [
      () => store.openThread(threadRecord("m")),
      () => store.findThread("m"),
      () => store.listThreads("m"),
      () => store.head("m"),
      () => store.append("m", []),
      () => store.entries("m", 0, 1),
      () => store.outlines("m", 0, 1),
      () => store.findByChain("m", "", 1),
      () => store.changeThread("m", {}),
      () => store.appendAnswers("m", []),
      () => store.answers("m", 0),
      () => store.findAnswers("m", [], 1),
      () => store.findResponse("m", "r"),
      () => store.writeSent("m", "{}"),
      () => store.readSent("m"),
      () => store.search(["m"], [], 1),
      () => store.search([], [], 1),
      () => store.appendEvents("m", []),
      () => store.events("m", 0),
      () => store.readCalibration("m"),
      () => store.writeCalibration({ model: "m", json: "1" }),
      () => store.verify(),
    ];
    for (const [index, call] of calls.entries()) {
      const outcome = await Promise.allSettled([call()]);
      expect([index, outcome[0]]).toMatchObject([
        index,
        { status: "rejected", reason: code("store-closed") },
      ]);
    }
  });

  test("everything stored is there after opening again", async () => {
    const { reopen } = given.opened();
    if (reopen === undefined) return;
    const store = given.store();
    const pin = threadEvent(0, { kind: "pin", json: "\u0000", texts: ["\u0000", "", "long"] });
    const answer = makeAnswer(0, { responseId: "r", usage: "\u0000", json: "\u0000" });
    const entries = chainEntries(oddTexts, { terms: oddTexts.map((_, index) => `w${index % 3} all`) });
    await store.openThread(threadRecord("m"));
    await store.append("m", entries);
    const fork = threadRecord("f", {
      parent: "m",
      forkSeq: 4,
      session: "s\u0000",
      continues: "m",
      provisionalUntil: 9,
    });
    await store.openThread(fork);
    await store.appendAnswers("f", [answer]);
    await store.writeSent("f", "\u0000");
    await store.appendEvents("f", [pin]);
    await store.writeCalibration({ model: "x", json: "1" });
    const found = await store.search(["m", "f"], ["w1", "all"], 9);
    await store.close();
    const again = await reopen();
    given.use(again);
    expect(await again.entries("m", 0, 99)).toEqual(entries);
    expect(await again.entries("f", 0, 99)).toEqual(entries.slice(0, 4));
    expect(await again.findThread("f")).toEqual(fork);
    expect(await again.answers("f", 0)).toEqual([answer]);
    expect(await again.findResponse("someone", "r")).toEqual({ thread: "f", place: 1, key: answer.key });
    expect(await again.readSent("f")).toBe("\u0000");
    expect(await again.events("f", 0)).toEqual([pin]);
    expect(await again.readCalibration("x")).toEqual({ model: "x", json: "1" });
    expect(await again.search(["m", "f"], ["w1", "all"], 9)).toEqual(found);
    expect(await again.verify()).toEqual([]);
  });
}

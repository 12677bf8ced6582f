import { expect, test } from "vitest";
import type { StoredAnswer } from "../store.ts";
import { chainEntries, makeAnswer, threadRecord } from "./fixture.contract.ts";
import { code, oddTexts } from "./given.contract.ts";
import type { Given } from "./given.contract.ts";

/** Tests answers and how they are found. */
export function answerContract(given: Given): void {
  test("messages of answers come back with every field, separately for each thread", async () => {
    const store = given.store();
    await store.openThread(threadRecord("m"));
    await store.openThread(threadRecord("b"));
    const answers: readonly StoredAnswer[] = oddTexts.map((json, index) =>
      makeAnswer(index, {
        json,
        answer: index >> 1,
        place: index,
        complete: index % 2 === 0,
        responseId: index === 3 ? undefined : `r${index >> 1}`,
        usage: index % 3 === 0 ? '{"in":1}' : index % 3 === 1 ? "" : undefined,
        parentChain: index === 0 ? "" : "d".repeat(64),
        format: index === 4 ? "anthropic" : "openai-chat",
      }),
    );
    await store.appendAnswers("m", answers.slice(0, 3));
    await store.appendAnswers("m", answers.slice(3));
    await store.appendAnswers("b", [makeAnswer(0)]);
    await store.appendAnswers("b", []);
    expect(await store.answers("m", 0)).toEqual(answers);
    expect(await store.answers("m", 4)).toEqual(answers.slice(4));
    expect(await store.answers("m", -3)).toEqual(answers);
    expect(await store.answers("m", Number.MAX_SAFE_INTEGER)).toEqual([]);
    expect(await store.answers("b", 0)).toEqual([makeAnswer(0)]);
    expect(await store.verify()).toEqual([]);
  });

  test("a message out of place is refused, with all messages of the same call", async () => {
    const store = given.store();
    await store.openThread(threadRecord("m"));
    await store.appendAnswers("m", [makeAnswer(0)]);
    for (const wrong of [[makeAnswer(0)], [makeAnswer(2)], [makeAnswer(1), makeAnswer(3)]])
      await expect(store.appendAnswers("m", wrong)).rejects.toMatchObject(code("head-moved"));
    expect(await store.answers("m", 0)).toEqual([makeAnswer(0)]);
  });

  test("a fork has the answers that were given on it, not its parent's", async () => {
    const store = given.store();
    await store.openThread(threadRecord("m"));
    await store.append("m", chainEntries(["a", "b"]));
    await store.appendAnswers("m", [makeAnswer(0), makeAnswer(1)]);
    await store.openThread(threadRecord("f", { parent: "m", forkSeq: 1 }));
    expect(await store.answers("f", 0)).toEqual([]);
    await store.appendAnswers("f", [makeAnswer(0)]);
    expect(await store.answers("f", 0)).toHaveLength(1);
  });

  test("answers are found by key, newest first, each place once, of one owner only", async () => {
    const store = given.store();
    for (const thread of ["q", "b", "x"])
      await store.openThread(threadRecord(thread, { owner: thread === "x" ? "you" : "me" }));
    const answer = (index: number, key: string, time: number, place = 1): StoredAnswer =>
      makeAnswer(index, { key, time, place });
    await store.appendAnswers("q", [
      answer(0, "k1", 10),
      answer(1, "k1", 30, 5),
      answer(2, "k2", 20),
      answer(3, "k1", 40, 5),
    ]);
    await store.appendAnswers("b", [answer(0, "k1", 30), answer(1, "k3", 99)]);
    await store.appendAnswers("x", [answer(0, "k1", 50)]);
    const places = async (keys: readonly string[], limit: number, owner = "me"): Promise<readonly string[]> =>
      (await store.findAnswers(owner, keys, limit)).map(
        ({ thread, place, key }) => `${thread} ${place} ${key}`,
      );
    expect(await places(["k1"], 9)).toEqual(["q 5 k1", "b 1 k1", "q 1 k1"]);
    expect(await places(["k2", "k1", "k1", "none"], 9)).toEqual(["q 5 k1", "b 1 k1", "q 1 k2", "q 1 k1"]);
    expect(await places(["k2", "k1"], 2)).toEqual(["q 5 k1", "b 1 k1"]);
    expect(await places(["k1"], 0)).toEqual([]);
    expect(await places([], 9)).toEqual([]);
    expect(await places(["k1"], 9, "you")).toEqual(["x 1 k1"]);
    expect(await places(["k1"], 9, "no one")).toEqual([]);
  });

  test("answers of equal age are found in the order of their threads and places, the last one first", async () => {
    const store = given.store();
    for (const thread of ["q", "b"]) {
      await store.openThread(threadRecord(thread));
      await store.appendAnswers(
        thread,
        [0, 1].map((index) => makeAnswer(index, { key: "k", time: 7, place: index })),
      );
    }
    const found = await store.findAnswers("someone", ["k"], 9);
    expect(found.map(({ thread, place }) => `${thread}${place}`)).toEqual(["b1", "b0", "q1", "q0"]);
  });

  test("a response is found by its id: the first message of its newest answer", async () => {
    const store = given.store();
    for (const thread of ["q", "b", "x"])
      await store.openThread(threadRecord(thread, { owner: thread === "x" ? "you" : "me" }));
    const item = (index: number, answer: number, responseId: string | undefined, time: number) =>
      makeAnswer(index, { answer, responseId, time, place: 10 + index });
    await store.appendAnswers("q", [
      item(0, 0, "r", 10),
      item(1, 0, "r", 10),
      item(2, 1, "r", 20),
      item(3, 1, "r", 20),
      item(4, 2, undefined, 30),
    ]);
    await store.appendAnswers("b", [item(0, 0, "same", 10), item(1, 0, "same", 11)]);
    await store.appendAnswers("x", [item(0, 0, "r", 90)]);
    expect(await store.findResponse("me", "r")).toMatchObject({ thread: "q", place: 12 });
    expect(await store.findResponse("me", "same")).toMatchObject({ thread: "b", place: 10 });
    expect(await store.findResponse("you", "r")).toMatchObject({ thread: "x", place: 10 });
    for (const [owner, id] of [
      ["you", "same"],
      ["me", ""],
      ["no one", "r"],
    ] as const)
      expect(await store.findResponse(owner, id)).toBeUndefined();
  });
}

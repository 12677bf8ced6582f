import * as fc from "fast-check";
import { expect, test } from "vitest";
import { finish } from "../../../shared/steps.ts";
import type { Steps } from "../../../shared/steps.ts";
import { decodeText, readConversation, readOne } from "../../conversation/read/read-conversation.ts";
import { makeKeys } from "../../identity/meaning.ts";
import { countMessage } from "../../tokens/count-message.ts";
import { o200kCounter } from "../../tokens/bpe-counters.ts";
import { openMemory } from "../open-memory.ts";
import { Slices } from "../state/slices.ts";
import { countInSlices } from "./count-in-slices.ts";
import { chainEntries } from "./make-entry.ts";

const word = fc.constantFrom(
  "port",
  "8443",
  "src/a_b.ts",
  "漢字",
  "don't",
  "userId",
  "🙂",
  "\n\n",
  '"q"',
  "---",
);
const said = fc.array(word, { minLength: 1, maxLength: 30 }).map((list) => list.join(" "));
const long = fc.tuple(said, fc.constantFrom(1, 1, 1, 3_000)).map(([text, times]) => text.repeat(times));
const blocks = fc.array(
  long.map((text) => ({ type: "text", text })),
  { minLength: 1, maxLength: 4 },
);
const message = fc.record({
  role: fc.constantFrom("user", "assistant", "robot"),
  content: fc.oneof(long, blocks, fc.constant(undefined)),
});
const body = fc
  .array(message, { minLength: 1, maxLength: 8 })
  .map((messages) => JSON.stringify({ model: "m", messages }));

/** Runs steps with a pause at each, as a slice of no length would. */
async function crawl<Result>(steps: Steps<Result>): Promise<Result> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await Promise.resolve();
  }
}

async function settle<Result>(work: () => Promise<Result>): Promise<Result | string> {
  try {
    return await work();
  } catch (error) {
    return String(error);
  }
}

test("reading and making entries with a pause at each step gives what one piece gives", async () => {
  const counter = await o200kCounter();
  const place = { seq: 0, parentChain: "", now: 1, counterId: counter.id };
  await fc.assert(
    fc.asyncProperty(body, async (text) => {
      const paused = await settle(async () => (await crawl(readOne(decodeText(text), {}))).conversation);
      const whole = await settle(async () => readConversation(text));
      expect(paused).toEqual(whole);
      if (typeof whole === "string") return;
      const keys = makeKeys(whole.messages);
      const counted = whole.messages.map((one, index) => ({
        message: one,
        key: keys[index] ?? "",
        tokens: countMessage(one, counter),
      }));
      for (const [index, one] of whole.messages.entries())
        expect(await countInSlices(one, counter, new Slices())).toEqual(counted[index]?.tokens);
      const entries = finish(chainEntries(counted, place));
      expect(await crawl(chainEntries(counted, place))).toEqual(entries);
    }),
    { numRuns: 30, seed: 20261129 },
  );
});

test("other work runs while a history is read, and the thread keeps its turn", async () => {
  const memory = await openMemory();
  const thread = await memory.thread("t");
  const messages = Array.from({ length: 1_500 }, (_, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content: `message ${index}: ${"src/server.ts listens on port 8443; ".repeat(20)}`,
  }));
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const append = thread.append({ messages });
  const length = thread.length();
  await append;
  clearInterval(timer);
  expect(turns).toBeGreaterThan(5);
  expect(await length).toBe(1_500);
  await memory.close();
});

import { describe, expect, test } from "vitest";
import { readMessages } from "../conversation/read/read-conversation.ts";
import { finish } from "../../shared/steps.ts";
import { makeEntry } from "../thread/append/make-entry.ts";
import { makeItem } from "./layout.ts";
import { leaveOutFragments } from "./leave-out-fragments.ts";

const user = (text: string): object => ({ role: "user", content: text });
const reasoning = (id: string): object => ({ type: "reasoning", id, summary: [] });
const call = (id: string): object => ({
  type: "function_call",
  id: `fc_${id}`,
  call_id: id,
  name: "f",
  arguments: "{}",
});
const output = (id: string): object => ({ type: "function_call_output", call_id: id, output: "x" });

const history = [
  user("a"), // 0
  reasoning("rs_1"), // 1
  call("c1"),
  output("c1"),
  reasoning("rs_2"), // 4
  reasoning("rs_3"), // 5
  call("c2"),
  output("c2"),
  user("b"), // 8
];
const entries = readMessages(history).map((message, seq) => {
  const tokens = { parts: message.parts.map(() => 10), overhead: 0, total: 10 };
  return finish(makeEntry({ message, key: `${seq}`, tokens }, { seq, parentChain: "", now: 0 }, "tens"));
});

/** Returns the seqs that stay of a window of these. */
function leaveOut(
  seqs: readonly number[],
  { absent = [], pins = [] }: { absent?: readonly number[]; pins?: readonly number[] } = {},
): readonly number[] {
  const items = entries.filter(({ seq }) => seqs.includes(seq)).map((entry) => makeItem(entry));
  return leaveOutFragments(items, {
    alternate: false,
    pins: new Set(pins),
    entryAt: (seq) => entries[seq],
    isHeld: (seq) => !absent.includes(seq),
  }).map(({ seq }) => seq);
}

describe("leaveOutFragments", () => {
  test("leaves out reasoning whose answer has left, also where a later answer follows it", () => {
    expect(leaveOut([0, 1, 8])).toEqual([0, 8]);
    expect(leaveOut([0, 1, 6, 7, 8])).toEqual([0, 6, 7, 8]);
    expect(leaveOut([0, 1, 4, 5, 6, 7, 8])).toEqual([0, 4, 5, 6, 7, 8]);
  });
  test("leaves it out though it is pinned: alone it is refused", () =>
    expect(leaveOut([0, 1, 6, 7, 8], { pins: [1] })).toEqual([0, 6, 7, 8]));
  test("keeps reasoning with its answer, also without other reasoning of it", () => {
    expect(leaveOut([0, 1, 2, 3, 8])).toEqual([0, 1, 2, 3, 8]);
    expect(leaveOut([0, 4, 6, 7, 8])).toEqual([0, 4, 6, 7, 8]);
  });
  test("keeps what the client itself sends without its answer", () =>
    expect(leaveOut([0, 1, 4, 5, 6, 7, 8], { absent: [2, 3] })).toEqual([0, 1, 4, 5, 6, 7, 8]));
});

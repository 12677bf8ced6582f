import { describe, expect, test } from "vitest";
import { readMessages } from "../conversation/read/read-conversation.ts";
import { finish } from "../../shared/steps.ts";
import { makeEntry } from "../thread/append/make-entry.ts";
import { findHolds } from "./holds.ts";
import { makeItem } from "./layout.ts";

const system = { role: "system", content: "s" };
const user = { role: "user", content: "go" };
const call = (...ids: readonly string[]): object => ({
  role: "assistant",
  content: null,
  tool_calls: ids.map((id) => ({ id, type: "function", function: { name: "f", arguments: "{}" } })),
});
const result = (id: string): object => ({ role: "tool", tool_call_id: id, content: "x" });

/** Returns the holds of a conversation in which each message takes 10 tokens. */
function holdsOf(
  values: readonly unknown[],
  known: { pins?: readonly number[]; tail?: number; room?: number } = {},
): Record<string, string> {
  const items = readMessages(values).map((message, seq) => {
    const tokens = { parts: message.parts.map(() => 10), overhead: 0, total: 10 };
    const place = { seq, parentChain: "", now: 0 };
    return makeItem(finish(makeEntry({ message, key: `${seq}`, tokens }, place, "tens")));
  });
  const holds = findHolds(items, {
    pins: new Set(known.pins),
    tailExchanges: known.tail ?? 1,
    roomTokens: known.room ?? 1_000,
    alternate: false,
  });
  return Object.fromEntries(holds);
}

describe("findHolds", () => {
  const messages = [system, user, call("a"), result("a"), user, call("b"), result("b")];
  test("holds the system prompt, the task, the newest request and the newest exchange", () =>
    expect(holdsOf(messages)).toEqual({
      0: "leading-system",
      1: "task",
      4: "request",
      5: "newest",
      6: "newest",
    }));
  test("holds the call of a pinned result, and the result of a pinned call", () => {
    expect(holdsOf(messages, { pins: [3] })).toMatchObject({ 2: "partner", 3: "pin" });
    expect(holdsOf(messages, { pins: [2] })).toMatchObject({ 2: "pin", 3: "partner" });
  });
  test("holds more exchanges with a longer tail", () =>
    expect(holdsOf(messages, { tail: 3 })).toMatchObject({
      2: "tail",
      3: "tail",
      4: "request",
      5: "newest",
    }));
  test("holds the newest request however large it is", () =>
    expect(holdsOf(messages, { room: 20 })).toMatchObject({ 4: "request" }));
  test("holds later system messages up to a quarter of the room, newest first", () => {
    const turns = [system, ...[1, 2, 3, 4].flatMap(() => [user, system])];
    // 30 tokens are a quarter of 120: the newest system message and two before it.
    expect(holdsOf(turns, { room: 120 })).toEqual({
      0: "leading-system",
      1: "task",
      4: "later-system",
      6: "later-system",
      7: "request",
      8: "newest-system",
    });
  });
  test("a system message after the newest exchange does not take its place", () =>
    expect(holdsOf([...messages, system])).toMatchObject({ 5: "newest", 6: "newest", 7: "newest-system" }));
});

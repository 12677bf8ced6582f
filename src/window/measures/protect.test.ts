import { describe, expect, test } from "vitest";
import type { Message } from "../conversation/message/message.ts";
import { readMessages } from "../conversation/read/read-conversation.ts";
import { finish } from "../../shared/steps.ts";
import { makeEntry } from "../thread/append/make-entry.ts";
import { makeItem } from "./layout.ts";
import { groupExchanges } from "./protect.ts";

function itemsOf(messages: readonly Message[]): ReturnType<typeof makeItem>[] {
  return messages.map((message, seq) => {
    const tokens = { parts: message.parts.map(() => 10), overhead: 0, total: 10 * message.parts.length };
    const place = { seq, parentChain: "", now: 0 };
    return makeItem(finish(makeEntry({ message, key: `${seq}`, tokens }, place, "tens")));
  });
}

function seqsOf(values: readonly unknown[]): number[][] {
  return groupExchanges(itemsOf(readMessages(values)), false).map((exchange) =>
    exchange.items.map((item) => item.seq),
  );
}

const user = { role: "user", content: "go" };
const answer = { role: "assistant", content: "done" };
const calls = (...ids: readonly string[]): object => ({
  role: "assistant",
  content: null,
  tool_calls: ids.map((id) => ({ id, type: "function", function: { name: "f", arguments: "{}" } })),
});
const result = (id: string): object => ({ role: "tool", tool_call_id: id, content: "x" });

describe("groupExchanges", () => {
  test("a call joins its results with what is between them; every other message is an exchange of its own", () => {
    const messages = [user, calls("a"), calls("b"), result("b"), result("a"), answer, user];
    expect(seqsOf(messages)).toEqual([[0], [1, 2, 3, 4], [5], [6]]);
  });
  test("an observation without an id joins the action before it", () => {
    const action = { role: "assistant", content: "ls", thought: "", action: "ls", agent: "main" };
    const observation = { role: "user", content: "out", agent: "main" };
    expect(seqsOf([observation, action, observation, action, observation])).toEqual([[0], [1, 2], [3, 4]]);
  });
  test("the items of one answer of the responses API stay together with its outputs", () => {
    const items = [
      { role: "user", content: "a" },
      { type: "reasoning", summary: [] },
      { type: "function_call", call_id: "a", name: "f", arguments: "{}" },
      { type: "function_call", call_id: "b", name: "f", arguments: "{}" },
      { type: "function_call_output", call_id: "a", output: "x" },
      { type: "function_call_output", call_id: "b", output: "x" },
      { type: "message", role: "assistant", content: "done" },
    ];
    expect(seqsOf(items)).toEqual([[0], [1, 2, 3, 4, 5], [6]]);
  });
  test("10,000 calls of one turn are one exchange", () => {
    const ids = Array.from({ length: 10_000 }, (_, index) => `c${index}`);
    expect(
      seqsOf([user, calls(...ids), ...ids.toReversed().map(result), answer]).map((seqs) => seqs.length),
    ).toEqual([1, 10_001, 1]);
  });
});

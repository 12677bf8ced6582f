import { describe, expect, test } from "vitest";
import { isLoadlineError } from "../../../shared/errors.ts";
import { checkPairs, findPairFaults } from "./check-pairs.ts";
import type { Message } from "../message/message.ts";
import { readMessages } from "./read-conversation.ts";

function calls(...ids: readonly string[]): object {
  return {
    role: "assistant",
    content: null,
    tool_calls: ids.map((id) => ({ id, type: "function", function: { name: "f", arguments: "{}" } })),
  };
}

function result(id: string): object {
  return { role: "tool", tool_call_id: id, content: "out" };
}

const user = { role: "user", content: "hello" };
const answer = { role: "assistant", content: "done" };

function chat(...messages: readonly object[]): readonly Message[] {
  return readMessages(messages, { format: "openai-chat" });
}

describe("checkPairs", () => {
  test("leaves nothing open after answered calls, in any order of results", () => {
    expect(checkPairs(chat(user, calls("a", "b"), result("b"), result("a"), answer)).size).toBe(0);
  });

  test("returns the calls at the end as open", () => {
    const open = checkPairs(chat(user, calls("a", "b"), result("a")));
    expect([...open]).toEqual(["b"]);
    expect(checkPairs(chat(result("b"), answer), open).size).toBe(0);
    expect(() => checkPairs(chat(answer), open)).toThrow(
      /an earlier message: the tool call "b" has no result/,
    );
  });

  test("refuses a result without a call, and names it and its place", () => {
    const error = catchError(() => checkPairs(chat(user, result("x"))));
    expect(isLoadlineError(error, "orphan-tool-result")).toBe(true);
    expect(error).toMatchObject({ details: { callId: "x", message: 1 } });
    expect(String(error)).toContain(
      'message 1: the tool call "x" of this result is not open; put the call before its result',
    );
  });

  test("refuses a second result", () => {
    expect(() => checkPairs(chat(calls("a"), result("a"), result("a")))).toThrow(
      /message 2: the tool call "a" already has a result/,
    );
  });

  test.each([
    ["user", user],
    ["assistant", answer],
    ["system", { role: "system", content: "x" }],
    ["assistant that calls", calls("c")],
  ])("reports a call as unanswered once a message of the %s follows", (_name, next) => {
    const error = catchError(() => checkPairs(chat(user, calls("a", "b"), result("a"), next)));
    expect(isLoadlineError(error, "unanswered-tool-call")).toBe(true);
    expect(error).toMatchObject({ details: { callId: "b", message: 1 } });
  });

  test("accepts an id again once it was answered", () => {
    expect(checkPairs(chat(calls("a"), result("a"), calls("a"), result("a"))).size).toBe(0);
  });

  test("finds every fault once", () => {
    const { faults } = findPairFaults(chat(result("x"), calls("a", "b"), answer, user, result("a")));
    expect(faults.map((fault) => [fault.code, fault.callId, fault.message])).toEqual([
      ["orphan-tool-result", "x", 0],
      ["unanswered-tool-call", "a", 1],
      ["unanswered-tool-call", "b", 1],
      ["orphan-tool-result", "a", 4],
    ]);
  });

  test("accepts Anthropic's results in the next user message, with or without text", () => {
    const use = { role: "assistant", content: [{ type: "tool_use", id: "a", name: "f", input: {} }] };
    const block = { type: "tool_result", tool_use_id: "a", content: "out" };
    const words = { type: "text", text: "and" };
    expect(checkPairs(readMessages([use, { role: "user", content: [block, words] }])).size).toBe(0);
    expect(() => checkPairs(readMessages([use, { role: "user", content: [words] }]))).toThrow(
      /"a" has no result/,
    );
    const server = [
      { type: "server_tool_use", id: "s", name: "web_search", input: {} },
      { type: "web_search_tool_result", tool_use_id: "s", content: [] },
    ];
    expect(checkPairs(readMessages([{ role: "assistant", content: server }])).size).toBe(0);
  });

  test("accepts calls and outputs of one turn of OpenAI responses in any order", () => {
    const call = (call_id: string) => ({ type: "function_call", call_id, name: "f", arguments: "{}" });
    const output = (call_id: string) => ({ type: "function_call_output", call_id, output: "x" });
    const text = { type: "message", role: "assistant", content: "looking" };
    expect(
      checkPairs(readMessages([call("a"), text, call("b"), output("a"), call("c"), output("b"), output("c")]))
        .size,
    ).toBe(0);
    expect(() =>
      checkPairs(readMessages([call("a"), { role: "user", content: "so?" }, output("a")])),
    ).toThrow(/"a" has no result/);
  });

  test("checks 10,000 calls in one turn, answered backwards", () => {
    const ids = Array.from({ length: 10_000 }, (_, index) => `call_${index}`);
    const messages = chat(user, calls(...ids), ...ids.toReversed().map(result), answer);
    expect(messages[1]?.parts).toHaveLength(10_000);
    expect(checkPairs(messages).size).toBe(0);
    expect(findPairFaults(chat(calls(...ids), answer)).faults).toHaveLength(10_000);
  });
});

function catchError(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

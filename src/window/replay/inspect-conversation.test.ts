import { expect, test } from "vitest";
import { readConversation } from "../conversation/read/read-conversation.ts";
import { inspectConversation } from "./inspect-conversation.ts";

const counter = { id: "characters", exact: true, count: (text: string): number => text.length };
const user = { type: "message", role: "user", content: "Which port?" };
const reasoning = { type: "reasoning", id: "rs_1", summary: [] };
const call = (id: string): object => ({
  type: "function_call",
  call_id: id,
  name: "read",
  arguments: '{"path":"a.ts"}',
});
const result = (id: string): object => ({ type: "function_call_output", call_id: id, output: "8443" });
const answer = { type: "message", role: "assistant", content: [{ type: "output_text", text: "8443" }] };

test("counts the items of one answer as one call", () => {
  // Two calls: reasoning with two tool calls, then reasoning with the answer.
  const items = [
    user,
    reasoning,
    call("a"),
    call("b"),
    result("a"),
    result("b"),
    { ...reasoning, id: "rs_2" },
    answer,
  ];
  const conversation = readConversation(JSON.stringify({ model: "gpt-5", input: items }));
  expect(inspectConversation(conversation, counter).calls).toBe(2);
});

test("counts every assistant message of other formats", () => {
  const messages = ["user", "assistant", "assistant", "user"].map((role) => ({ role, content: "a" }));
  const conversation = readConversation(JSON.stringify(messages));
  expect(inspectConversation(conversation, counter).calls).toBe(2);
});

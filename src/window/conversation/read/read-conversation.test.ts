import { describe, expect, test } from "vitest";
import { readConversation, readConversations, readMessages } from "./read-conversation.ts";

const user = '{"role":"user", "content":"a"}';
const answer = '{ "content" : "b",  "role":"assistant","n":12345678901234567890, "x":1e999 }';

describe("readConversation", () => {
  test("keeps each message's json as its range of the input, from a list", () => {
    const input = `\n [ ${user} ,\r\n${answer}] `;
    const read = readConversation(input);
    expect(read.format).toBe("openai-chat");
    expect(read.messages.map((message) => message.json)).toEqual([user, answer]);
    expect(readConversation(new TextEncoder().encode(`\uFEFF${input}`)).messages).toEqual(read.messages);
  });

  test("reads requests with their frame", () => {
    const tools = '[ {"name":"f","input_schema":{}} ]';
    const read = readConversation(
      `{"model":"claude-x","system":[{"type":"text","text":"s"}],"tools":${tools},"messages":[${user}]}`,
    );
    expect(read).toMatchObject({ format: "anthropic", model: "claude-x" });
    expect(read.frame).toEqual({ system: '[{"type":"text","text":"s"}]', tools });
    const responses = readConversation(
      '{"input":[{"role":"user","content":"a"}],"instructions":"be brief","model":"gpt-x"}',
    );
    expect(responses).toMatchObject({
      format: "openai-responses",
      frame: { system: '"be brief"', tools: undefined },
    });
    const sdk = readConversation(`{"messages":[${user}],"system":"s","tools":{"f":{}}}`);
    expect(sdk).toMatchObject({ format: "ai-sdk", frame: { system: '"s"', tools: '{"f":{}}' } });
    const none = readConversation(`{"messages":[${user}],"system":null,"tools":null}`);
    expect(none.frame).toEqual({ system: undefined, tools: undefined });
  });

  test("makes a user message with the same bytes of a plain text input", () => {
    const { messages } = readConversation('{"model":"m","input":"caf\\u00e9"}');
    expect(messages[0]).toMatchObject({ json: '{"role":"user","content":"caf\\u00e9"}', role: "user" });
    expect(messages[0]?.parts[0]?.text).toBe("café");
  });

  test("reads JSON lines, with blank lines and CRLF", () => {
    const read = readConversation(`\r\n${user}\r\n\r\n  ${answer}\t\r\n`);
    expect(read.messages.map((message) => message.json)).toEqual([user, answer]);
    const framed = readConversation(`{"model":"m","tools":[]}\n${user}\n${answer}`);
    expect(framed).toMatchObject({ model: "m", frame: { tools: "[]" } });
    expect(framed.messages).toHaveLength(2);
    const begun = readConversation(`{"model":"m","messages":[${user}]}\n${answer}\n`);
    expect(begun.messages.map((message) => message.json)).toEqual([user, answer]);
  });

  test("reads a single message, on one line or several", () => {
    expect(readConversation(user).messages).toHaveLength(1);
    const pretty = JSON.stringify(JSON.parse(user), undefined, 2);
    expect(readConversation(`${pretty}\n`).messages[0]?.json).toBe(pretty);
  });

  test("finds no messages in an empty list", () => {
    expect(readConversation("[]")).toMatchObject({ format: "openai-chat", messages: [] });
    expect(readConversation('{"messages":[],"system":"s"}').format).toBe("anthropic");
  });

  test("uses the format option", () => {
    expect(readConversation(`[${user}]`, { format: "anthropic" }).messages[0]?.format).toBe("anthropic");
  });
});

test("readConversations reads a list of objects that each hold a conversation, or lines of them", () => {
  const traj = `{"task_id":1,"traj":[${user},${answer}]}`;
  expect(readConversations(`[${traj},${traj}]`).map((read) => read.messages.length)).toEqual([2, 2]);
  expect(readConversations(`{"messages":[${user}]}\n{"messages":[${user},${answer}]}`)).toHaveLength(2);
  expect(() => readConversation(`[${traj},${traj}]`)).toThrow(/got 2 conversations, allowed: one/);
  expect(readConversation(traj).messages).toHaveLength(2);
});

describe("readMessages", () => {
  test("serializes objects once and keeps texts unchanged", () => {
    const messages = readMessages([{ role: "user", content: "a" }, ` ${answer}\n`]);
    expect(messages.map((message) => message.json)).toEqual(['{"role":"user","content":"a"}', answer]);
    expect(readMessages(`[${answer}]`)[0]?.json).toBe(answer);
    expect(readMessages([])).toEqual([]);
  });

  test("writes unpaired surrogates as escapes, and reads well-formed text of them", () => {
    const [message] = readMessages([{ role: "user", content: "a\uD800" }]);
    expect(message?.json).toBe('{"role":"user","content":"a\\ud800"}');
    expect(message?.parts[0]?.text).toBe("a\uFFFD");
  });

  test("refuses what JSON cannot represent", () => {
    const ring: Record<string, unknown> = { role: "user" };
    ring["content"] = ring;
    expect(() => readMessages([ring])).toThrow(/message 0: got a circular reference/);
    expect(() => readMessages([{ role: "user", content: 1n }])).toThrow(/message 0/);
    expect(() => readMessages([undefined])).toThrow(/message 0: message: got nothing/);
    expect(() => readMessages([() => 1])).toThrow(/message 0/);
    let deep: object = {};
    for (let depth = 0; depth < 100_000; depth++) deep = { deep };
    expect(() => readMessages([{ role: "user", content: deep }])).toThrow(/message 0: got nesting too deep/);
    expect(() => readMessages([user, 5])).toThrow(/message 1: message: got 5, allowed: an object/);
  });

  test("refuses unknown options and unknown formats", () => {
    const options: object = { fromat: "anthropic" };
    expect(() => readMessages([], options)).toThrow(/unknown field "fromat"/);
    const wrong = { format: "openai" } as unknown as { format: "anthropic" };
    expect(() => readConversation("[]", wrong)).toThrow(/format: got "openai", allowed: openai-chat/);
  });
});

import { describe, expect, test } from "vitest";
import { writeUserMessage } from "../edit/write-user-message.ts";
import { detectFormat } from "../read/detect-format.ts";
import { readLangChain } from "./langchain.ts";

function read(value: object): ReturnType<typeof readLangChain> {
  return readLangChain(JSON.stringify(value));
}

const call = { name: "look", args: { f: "c" }, id: "c1", type: "tool_call" };
const facts: Readonly<Record<string, object>> = {
  system: { content: "S" },
  human: { content: [{ type: "text", text: "hi" }], name: "ann" },
  ai: { content: "", tool_calls: [call], usage_metadata: { input_tokens: 3 } },
  tool: { content: "8443", tool_call_id: "c1", name: "look", artifact: { big: "not sent" } },
};
const classes: Readonly<Record<string, string>> = {
  system: "SystemMessage",
  human: "HumanMessage",
  ai: "AIMessageChunk",
  tool: "ToolMessage",
};
const forms: Readonly<Record<string, (type: string) => object>> = {
  "with data": (type) => ({ type, data: facts[type] }),
  flat: (type) => ({ type, ...facts[type] }),
  "flat, by class": (type) => ({ type: classes[type], ...facts[type] }),
  "by role": (type) => ({ role: type, ...facts[type] }),
  "serialized constructors": (type) => ({
    lc: 1,
    type: "constructor",
    id: ["langchain", "schema", "messages", classes[type]],
    kwargs: facts[type],
  }),
};

describe.each(Object.keys(forms))("LangChain messages %s", (form) => {
  const messages = Object.keys(facts).map((type) => forms[form]?.(type) ?? {});

  test("are detected and read", () => {
    expect(detectFormat(messages)).toBe("langchain");
    expect(
      messages
        .map(read)
        .map(({ role, parts, speaker }) => [
          role,
          speaker,
          ...parts.map((part) => [part.kind, part.text, part.callId]),
        ]),
    ).toEqual([
      ["system", undefined, ["text", "S", undefined]],
      ["user", "ann", ["text", "hi", undefined]],
      ["assistant", undefined, ["text", "", undefined], ["tool-call", '{"f":"c"}', "c1"]],
      ["tool", undefined, ["tool-result", "8443", "c1"]],
    ]);
  });

  test("get an inserted message of the same form", () => {
    const written = writeUserMessage("stub", "langchain", JSON.stringify(messages[1]));
    const inserted = readLangChain(written);
    expect([inserted.role, inserted.parts[0]?.text]).toEqual(["user", "stub"]);
    const keys = (json: string): readonly string[] =>
      Object.keys(JSON.parse(json) as object).filter((key) => key !== "name");
    expect(keys(written)).toEqual(keys(JSON.stringify(messages[1])));
  });
});

describe("LangChain messages", () => {
  test("counts a call once that the content and tool_calls both hold", () => {
    const block = { type: "tool_use", id: "c1", name: "look", input: { f: "c" } };
    const both = read({ type: "ai", content: [{ type: "text", text: "a" }, block], tool_calls: [call] });
    expect(both.parts.map((part) => [part.kind, part.text])).toEqual([
      ["text", "a"],
      ["other", ""],
      ["tool-call", '{"f":"c"}'],
    ]);
    const one = read({ type: "ai", content: [{ type: "text", text: "a" }, block], tool_calls: [] });
    expect(one.parts[1]).toMatchObject({ kind: "tool-call", callId: "c1" });
  });

  test("reads calls and reasoning that only additional_kwargs holds", () => {
    const calls = [{ id: "c1", type: "function", function: { name: "look", arguments: '{"f":"c"}' } }];
    const message = read({
      type: "ai",
      data: { content: "", additional_kwargs: { tool_calls: calls, reasoning_content: "hm" } },
    });
    expect(message.parts.map((part) => [part.kind, part.text, part.callId])).toEqual([
      ["reasoning", "hm", undefined],
      ["text", "", undefined],
      ["tool-call", '{"f":"c"}', "c1"],
    ]);
  });

  test("a chat message has its own role; others are refused", () => {
    expect(read({ type: "chat", data: { role: "assistant", content: "a" } }).role).toBe("assistant");
    expect(() => read({ type: "remove", id: "1" })).toThrow(/type: got "remove", allowed: human, ai/);
    expect(() => read({ type: "ai", content: "", tool_calls: "x" })).toThrow(/tool_calls: got "x"/);
  });
});

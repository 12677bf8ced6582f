import { describe, expect, test } from "vitest";
import { editMessage } from "../edit/edit-message.ts";
import { detectFormat } from "../read/detect-format.ts";
import { readOpenAiAgents } from "./openai-agents.ts";

const png = "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAUCAYAAAC07w7bAAAAAElFTkSuQmCC";

function read(value: object): ReturnType<typeof readOpenAiAgents> {
  return readOpenAiAgents(JSON.stringify(value));
}

/** Returns role, kind, text and call id of an item's only part. */
function readOne(value: object): readonly unknown[] {
  const { role, parts } = read(value);
  expect(parts).toHaveLength(1);
  return [role, parts[0]?.kind, parts[0]?.text, parts[0]?.callId];
}

const call = { type: "function_call", callId: "c1", name: "f", arguments: '{"n":1}', status: "completed" };
const result = { type: "function_call_result", callId: "c1", name: "f", status: "completed" };

describe("items of @openai/agents", () => {
  test("reads calls, their results and reasoning", () => {
    expect(readOne(call)).toEqual(["assistant", "tool-call", '{"n":1}', "c1"]);
    expect(readOne({ ...result, output: "out" })).toEqual(["tool", "tool-result", "out", "c1"]);
    expect(readOne({ ...result, output: { type: "text", text: "a\nb" } })[2]).toBe("a\nb");
    expect(readOne({ ...result, output: [{ type: "input_text", text: "in" }] })[2]).toBe("in");
    expect(readOne({ type: "shell_call", callId: "s1", action: { commands: ["ls"] } })).toEqual([
      "assistant",
      "tool-call",
      '{"commands":["ls"]}',
      "s1",
    ]);
    expect(readOne({ type: "apply_patch_call_output", callId: "p1", output: "done" })[2]).toBe("done");
    const reasoning = read({
      type: "reasoning",
      content: [{ type: "input_text", text: "hm" }],
      rawContent: [{ type: "reasoning_text", text: "raw" }],
      providerData: { encryptedContent: "xx" },
    });
    expect(reasoning.parts[0]).toMatchObject({ kind: "reasoning", text: "hm\nraw", opaque: "xx" });
  });

  test("reads hosted calls with their results, which cannot be replaced", () => {
    const search = read({ type: "hosted_tool_call", name: "file_search_call", output: "found" });
    expect(search.parts.map((part) => [part.kind, part.text, part.body])).toEqual([
      ["tool-call", "", undefined],
      ["tool-result", "found", undefined],
    ]);
    const drawn = read({
      type: "hosted_tool_call",
      name: "image_generation_call",
      providerData: { result: png },
    });
    expect(drawn.parts[1]).toMatchObject({ kind: "image", image: { width: 10, height: 20 } });
  });

  test("links an approval to its request", () => {
    const request = read({ type: "hosted_tool_call", id: "a1", name: "mcp_approval_request" });
    const response = read({
      type: "hosted_tool_call",
      name: "mcp_approval_response",
      providerData: { approval_request_id: "a1", approve: true },
    });
    expect([request, response].map(({ role, parts }) => [role, parts[0]?.kind, parts[0]?.callId])).toEqual([
      ["assistant", "other", "a1"],
      ["tool", "other", "a1"],
    ]);
    const compaction = read({ type: "compaction", encrypted_content: "xx" });
    expect(compaction.parts[0]).toMatchObject({ kind: "compaction", opaque: "xx" });
  });

  test("reads pictures wherever they are", () => {
    const url = `data:image/png;base64,${png}`;
    const outputs = [
      { type: "image", image: url },
      { type: "image", image: { data: png, mediaType: "image/png" } },
      [{ type: "input_image", image: url }],
    ];
    for (const output of outputs)
      expect(read({ ...result, output }).parts[1]).toMatchObject({ image: { width: 10, height: 20 } });
    const screen = { type: "computer_screenshot", data: url };
    const shown = read({ type: "computer_call_result", callId: "k", output: screen }).parts[0];
    expect(shown).toMatchObject({ kind: "tool-result", image: { width: 10 }, body: undefined });
    const asked = read({ role: "user", content: [{ type: "input_image", image: url }] });
    expect(asked.parts[0]).toMatchObject({ kind: "image", image: { width: 10 } });
  });

  test("a stub over a function's result has the shape of a text output", () => {
    const write = (output: unknown): unknown => {
      const message = read({ ...result, output });
      const stubs = message.parts.filter((part) => part.body).map((part) => ({ part, text: "gone" }));
      return (JSON.parse(editMessage(message.json, { stubs })) as { output: unknown }).output;
    };
    expect(write("out")).toBe("gone");
    for (const output of [{ type: "text", text: "a" }, [{ type: "input_text", text: "a" }]])
      expect(write(output)).toEqual({ type: "text", text: "gone" });
  });

  test("differs from OpenAI responses by its own fields", () => {
    const user = { type: "message", role: "user", content: "hi" };
    expect(detectFormat([user, call])).toBe("openai-agents");
    expect(detectFormat([user, { type: "hosted_tool_call", name: "web_search_call" }])).toBe("openai-agents");
    expect(detectFormat([user, { type: "function_call", call_id: "c1", name: "f", arguments: "{}" }])).toBe(
      "openai-responses",
    );
    expect(detectFormat([user])).toBe("openai-responses");
  });
});

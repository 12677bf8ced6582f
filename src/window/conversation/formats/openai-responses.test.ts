import { describe, expect, test } from "vitest";
import { readOpenAiResponses } from "./openai-responses.ts";

function read(value: object): ReturnType<typeof readOpenAiResponses> {
  return readOpenAiResponses(JSON.stringify(value));
}

describe("OpenAI responses", () => {
  test("reads messages with and without a type", () => {
    const message = read({
      type: "message",
      id: "msg_1",
      status: "completed",
      role: "assistant",
      content: [
        { type: "output_text", text: "a", annotations: [] },
        { type: "refusal", refusal: "b" },
      ],
    });
    expect(message.parts.map((part) => [part.kind, part.text])).toEqual([
      ["text", "a"],
      ["text", "b"],
    ]);
    expect(read({ role: "developer", content: "x" })).toMatchObject({ role: "system", speaker: undefined });
    const pictured = read({
      role: "user",
      content: [
        { type: "input_text", text: "see" },
        { type: "input_image", image_url: "https://example.com/a.png", detail: "low" },
        { type: "input_file", file_id: "f" },
      ],
    });
    expect(pictured.parts.map((part) => part.kind)).toEqual(["text", "image", "file"]);
    expect(pictured.parts[1]?.image?.detail).toBe("low");
  });

  test.each([
    [{ type: "function_call", call_id: "c", name: "f", arguments: "{}" }, "f", "{}", "c"],
    [{ type: "custom_tool_call", call_id: "c", name: "g", input: "raw" }, "g", "raw", "c"],
    [{ type: "computer_call", call_id: "c", action: { type: "click" } }, "computer", '{"type":"click"}', "c"],
    [
      { type: "local_shell_call", call_id: "c", action: { command: ["ls"] } },
      "local_shell",
      '{"command":["ls"]}',
      "c",
    ],
    [{ type: "web_search_call", id: "w", action: { query: "q" } }, "web_search", '{"query":"q"}', undefined],
    [{ type: "file_search_call", id: "w", queries: ["q"], results: null }, "file_search", '["q"]', undefined],
  ])("reads the call %j", (item, toolName, args, callId) => {
    const message = read(item);
    expect(message).toMatchObject({ role: "assistant", speaker: undefined });
    expect(message.parts).toHaveLength(1);
    expect(message.parts[0]).toMatchObject({
      kind: "tool-call",
      toolName,
      arguments: args,
      callId,
      cut: undefined,
    });
  });

  test("reads the outputs of calls", () => {
    const plain = read({ type: "function_call_output", call_id: "c", output: "out" });
    expect(plain.role).toBe("tool");
    expect(plain.parts[0]).toMatchObject({ kind: "tool-result", text: "out", callId: "c" });
    expect(plain.parts[0]?.body).toBeDefined();
    const list = read({
      type: "custom_tool_call_output",
      call_id: "c",
      output: [
        { type: "input_text", text: "a" },
        { type: "input_image", image_url: "https://example.com/a.png" },
      ],
    });
    expect(list.parts).toHaveLength(2);
    expect(list.parts[0]).toMatchObject({ text: "a", image: undefined });
    expect(list.parts[1]).toMatchObject({ kind: "image", bodyForm: "input-text", cut: undefined });
    expect(list.parts[0]?.body).toBeDefined();
    const shell = read({ type: "shell_call_output", call_id: "c", output: [{ stdout: "x", stderr: "" }] });
    expect(shell.parts[0]).toMatchObject({ text: '{"stdout":"x","stderr":""}', body: undefined });
    const screen = read({
      type: "computer_call_output",
      call_id: "c",
      output: { type: "computer_screenshot", image_url: "https://example.com/a.png" },
    });
    expect(screen.parts[0]).toMatchObject({ kind: "tool-result", text: "", body: undefined, callId: "c" });
    expect(screen.parts[0]?.image).toBeDefined();
    expect(read({ type: "local_shell_call_output", id: "c", output: "x" }).parts[0]?.callId).toBe("c");
  });

  test("reads what a provider's own tool found from its call's item", () => {
    const search = read({ type: "mcp_call", id: "m", name: "f", arguments: "{}", output: "found" });
    expect(search.parts.map((part) => [part.kind, part.text, part.callId])).toEqual([
      ["tool-call", "{}", undefined],
      ["tool-result", "found", undefined],
    ]);
    const picture = "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAUCAYAAAC07w7bAAAAAElFTkSuQmCC";
    const drawn = read({ type: "image_generation_call", id: "i", status: "completed", result: picture });
    expect(drawn.parts[1]).toMatchObject({ kind: "image", image: { width: 10, height: 20 } });
    expect(drawn.parts[0]?.text).not.toContain(picture);
  });

  test("reads reasoning with its summary and its encrypted content", () => {
    const message = read({
      type: "reasoning",
      summary: [
        { type: "summary_text", text: "a" },
        { type: "summary_text", text: "b" },
      ],
      content: [{ type: "reasoning_text", text: "c" }],
      encrypted_content: "xyz",
    });
    expect(message.parts[0]).toMatchObject({
      kind: "reasoning",
      text: "a\nb\nc",
      opaque: "xyz",
      cut: undefined,
    });
  });

  test("passes references and unknown items through", () => {
    const reference = { type: "item_reference", id: "x" };
    expect(read(reference).parts[0]).toMatchObject({ kind: "other", text: JSON.stringify(reference) });
    expect(read({ type: "compaction", encrypted_content: "e" }).parts[0]).toMatchObject({
      kind: "compaction",
      opaque: "e",
    });
    expect(() => read({ type: 5 })).toThrow(/type: got 5/);
  });
});

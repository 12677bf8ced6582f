import { describe, expect, test } from "vitest";
import { editMessage } from "../edit/edit-message.ts";
import { readConversation } from "../read/read-conversation.ts";
import { readGemini } from "./gemini.ts";

const png = "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAUCAYAAAC07w7bAAAAAElFTkSuQmCC";

function read(value: object): ReturnType<typeof readGemini> {
  return readGemini(JSON.stringify(value));
}

function write(value: object, text: string): unknown {
  const json = JSON.stringify(value);
  const stubs = readGemini(json)
    .parts.filter((part) => part.body !== undefined)
    .map((part) => ({ part, text }));
  return JSON.parse(editMessage(json, { stubs })) as unknown;
}

describe("Gemini contents", () => {
  test("reads every kind of part, with the signature that it carries", () => {
    const message = read({
      role: "model",
      parts: [
        { text: "hm", thought: true },
        { text: "", thoughtSignature: "s0" },
        { text: "a", thoughtSignature: "s1" },
        { functionCall: { id: "c1", name: "f", args: { n: 1 } }, thoughtSignature: "s2" },
        { function_call: { name: "g", args: {} }, thought_signature: "s3" },
        { executableCode: { language: "PYTHON", code: "print(1)" } },
        { codeExecutionResult: { outcome: "OUTCOME_OK", output: "1\n" } },
        { toolCall: { id: "t1", toolType: "GOOGLE_SEARCH_WEB", args: { queries: ["q"] } } },
        { toolResponse: { id: "t1", toolType: "GOOGLE_SEARCH_WEB", response: { hits: 2 } } },
        { novelty: { a: 1 } },
      ],
    });
    expect(message.role).toBe("assistant");
    expect(message.parts.map(({ kind, text, callId, opaque }) => [kind, text, callId, opaque])).toEqual([
      ["reasoning", "hm", undefined, undefined],
      ["reasoning", "", undefined, "s0"],
      ["text", "a", undefined, "s1"],
      ["tool-call", '{"n":1}', "c1", "s2"],
      ["tool-call", "{}", undefined, "s3"],
      ["tool-call", "print(1)", undefined, undefined],
      ["tool-result", "1\n", undefined, undefined],
      ["tool-call", '{"queries":["q"]}', "t1", undefined],
      ["tool-result", '{"hits":2}', "t1", undefined],
      ["other", '{"novelty":{"a":1}}', undefined, undefined],
    ]);
    // A signature holds for its own text, and a provider's result goes back unchanged.
    expect(message.parts.filter((part) => part.body !== undefined)).toEqual([]);
  });

  test("a user content of only responses has the role tool; a stub stays an object", () => {
    const response = { functionResponse: { id: "c1", name: "f", response: { result: "a\nb" } } };
    const message = read({ role: "user", parts: [response] });
    expect(message.role).toBe("tool");
    expect(message.parts[0]).toMatchObject({
      kind: "tool-result",
      text: "a\nb",
      callId: "c1",
      toolName: "f",
    });
    expect(read({ role: "function", parts: [response] }).role).toBe("tool");
    expect(read({ role: "user", parts: [response, { text: "and now" }] }).role).toBe("user");
    expect(read({ parts: [{ text: "hi" }] }).role).toBe("user");
    expect(write({ role: "user", parts: [response] }, "gone")).toEqual({
      role: "user",
      parts: [{ functionResponse: { id: "c1", name: "f", response: { output: "gone" } } }],
    });
  });

  test("reads responses of several members as JSON, MCP content as text and pictures", () => {
    const of = (response: object, parts?: object): ReturnType<typeof readGemini> =>
      read({ role: "user", parts: [{ functionResponse: { name: "f", response, parts } }] });
    expect(of({ a: 1, b: "c" }).parts[0]?.text).toBe('{"a":1,"b":"c"}');
    expect(of({}).parts[0]?.text).toBe("{}");
    expect(of({ output: "x" }).parts[0]?.text).toBe("x");
    const mcp = [
      { type: "text", text: "seen" },
      { type: "image", data: png, mimeType: "image/png" },
    ];
    expect(of({ content: mcp }).parts).toMatchObject([
      { kind: "tool-result", text: "seen", image: undefined },
      { kind: "image", image: { width: 10, height: 20 } },
    ]);
    const media = of({ output: "x" }, [{ inlineData: { mimeType: "image/png", data: png } }]).parts;
    expect(media).toMatchObject([
      { kind: "tool-result", text: "x", image: undefined },
      { kind: "image", image: { width: 10, height: 20 } },
    ]);
    expect(media[1]?.cut).toBeDefined();
  });

  test("reads media with the size of a picture", () => {
    const { parts } = read({
      role: "user",
      parts: [
        { inlineData: { mimeType: "image/png", data: png } },
        { inline_data: { mime_type: "image/png", data: png } },
        { fileData: { mimeType: "image/jpeg", fileUri: "gs://a/b.jpg" } },
        { fileData: { mimeType: "application/pdf", fileUri: "gs://a/b.pdf" } },
        { inlineData: { mimeType: "audio/wav", data: "UklGRg==" } },
      ],
    });
    expect(parts.map((part) => [part.kind, part.image?.width])).toEqual([
      ["image", 10],
      ["image", 10],
      ["image", undefined],
      ["file", undefined],
      ["file", undefined],
    ]);
  });

  test("reads the requests of REST and of the SDKs, with their frame", () => {
    const contents = [
      { role: "user", parts: [{ text: "hi" }] },
      { role: "model", parts: [{ text: "ho" }] },
    ];
    const tools = [{ functionDeclarations: [{ name: "f" }] }];
    const read = (value: object): object => {
      const { format, frame, messages, model } = readConversation(JSON.stringify(value));
      return { format, frame, texts: messages.map((message) => message.parts[0]?.text), model };
    };
    const expected = {
      format: "gemini",
      frame: { system: '{"parts":[{"text":"S"}]}', tools: JSON.stringify(tools) },
      texts: ["hi", "ho"],
      model: undefined,
    };
    const system = { parts: [{ text: "S" }] };
    expect(read({ contents, systemInstruction: system, tools })).toEqual(expected);
    expect(read({ contents, system_instruction: system, tools })).toEqual(expected);
    expect(read({ model: "gemini-2.5-pro", contents, config: { systemInstruction: system, tools } })).toEqual(
      { ...expected, model: "gemini-2.5-pro" },
    );
    const none = { system: undefined, tools: undefined };
    expect(read(contents)).toEqual({ ...expected, frame: none });
    expect(read({ contents: "hi" })).toEqual({ ...expected, frame: none, texts: ["hi"] });
    expect(read({ contents: contents[0] ?? {} })).toEqual({ ...expected, frame: none, texts: ["hi"] });
  });

  test("refuses contents of other shapes, with their place", () => {
    const readParts =
      (parts: unknown): (() => unknown) =>
      () =>
        read({ role: "user", parts });
    expect(readParts("hi")).toThrow(/parts: got "hi", allowed: a list of parts/);
    expect(readParts([{ text: 3 }])).toThrow(/parts\[0\]: text: got 3, allowed: a string/);
    expect(readParts([{ functionCall: "f" }])).toThrow(
      /parts\[0\]: functionCall: got "f", allowed: an object/,
    );
    expect(() => read({ role: "assistant", parts: [{ text: "a" }] })).toThrow(
      /role: got "assistant", allowed: user, model/,
    );
  });
});

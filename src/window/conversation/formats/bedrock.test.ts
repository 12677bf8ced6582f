import { describe, expect, test } from "vitest";
import { editMessage } from "../edit/edit-message.ts";
import { readConversation, readMessages } from "../read/read-conversation.ts";
import { decodeBedrockBytes } from "./bedrock-bytes.ts";
import { readBedrock } from "./bedrock.ts";

const png = "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAUCAYAAAC07w7bAAAAAElFTkSuQmCC";

function read(value: object): ReturnType<typeof readBedrock> {
  return readBedrock(JSON.stringify(value));
}

describe("Bedrock Converse messages", () => {
  test("reads every kind of block", () => {
    const message = read({
      role: "assistant",
      content: [
        { reasoningContent: { reasoningText: { text: "hm", signature: "s1" } } },
        { reasoningContent: { redactedContent: "xx" } },
        { text: "a" },
        { cachePoint: { type: "default" } },
        { toolUse: { toolUseId: "t1", name: "f", input: { n: 1 } } },
        { image: { format: "png", source: { bytes: png } } },
        { document: { name: "d", format: "pdf", source: { s3Location: { uri: "s3://a/b" } } } },
        { document: { name: "d", format: "txt", source: { text: "inside" } } },
        { citationsContent: { content: [{ text: "cited" }], citations: [] } },
        { guardContent: { text: { text: "guarded" } } },
        { novelty: { a: 1 } },
      ],
    });
    expect(message.role).toBe("assistant");
    expect(message.parts.map(({ kind, text, callId, opaque }) => [kind, text, callId, opaque])).toEqual([
      ["reasoning", "hm", undefined, "s1"],
      ["reasoning", "", undefined, "xx"],
      ["text", "a", undefined, undefined],
      ["other", "", undefined, undefined],
      ["tool-call", '{"n":1}', "t1", undefined],
      ["image", "", undefined, undefined],
      ["file", "", undefined, undefined],
      ["file", "inside", undefined, undefined],
      ["text", "cited", undefined, undefined],
      ["text", "guarded", undefined, undefined],
      ["other", '{"novelty":{"a":1}}', undefined, undefined],
    ]);
    expect(message.parts[5]?.image).toMatchObject({ width: 10, height: 20 });
    expect(message.parts[6]?.media).toBe("s3://a/b");
  });

  test("a message of only results has the role tool, marks of the cache aside; a stub stays a list", () => {
    const result = {
      toolResult: {
        toolUseId: "t1",
        content: [{ text: "a\nb" }, { json: { n: 1 } }, { image: { format: "png", source: { bytes: png } } }],
        status: "success",
      },
    };
    const mark = { cachePoint: { type: "default" } };
    const message = read({ role: "user", content: [result, mark] });
    expect(message.role).toBe("tool");
    expect(message.parts[0]).toMatchObject({
      kind: "tool-result",
      text: 'a\nb\n{"n":1}',
      callId: "t1",
      image: undefined,
    });
    expect(message.parts[1]).toMatchObject({ kind: "image", image: { width: 10, height: 20 } });
    expect(read({ role: "user", content: [result, { text: "and now" }] }).role).toBe("user");
    expect(read({ role: "user", content: [{ text: "hi" }, mark] }).role).toBe("user");
    const [part] = message.parts;
    const edited = editMessage(message.json, { stubs: part === undefined ? [] : [{ part, text: "gone" }] });
    expect(JSON.parse(edited)).toEqual({
      role: "user",
      content: [{ toolResult: { toolUseId: "t1", content: [{ text: "gone" }], status: "success" } }, mark],
    });
  });

  test("neither a single block nor reasoning next to a mark can be cut alone", () => {
    const reasoning = { reasoningContent: { reasoningText: { text: "hm" } } };
    const mark = { cachePoint: { type: "default" } };
    for (const content of [[{ text: "a" }], [reasoning, mark], [reasoning, reasoning]])
      expect(read({ role: "assistant", content }).parts.map((part) => part.cut)).toEqual(
        content.map(() => undefined),
      );
  });

  test("reads a request with its frame", () => {
    const conversation = readConversation(
      JSON.stringify({
        modelId: "anthropic.claude-sonnet-4-5",
        system: [{ text: "S" }],
        messages: [{ role: "user", content: [{ text: "hi" }] }],
        toolConfig: { tools: [{ toolSpec: { name: "f" } }], toolChoice: { any: {} } },
      }),
    );
    expect(conversation).toMatchObject({
      format: "bedrock",
      model: "anthropic.claude-sonnet-4-5",
      frame: { system: '[{"text":"S"}]', tools: '[{"toolSpec":{"name":"f"}}]', toolChoice: '{"any":{}}' },
    });
  });

  test("refuses content that is not a list", () => {
    expect(() => read({ role: "user", content: "hi" })).toThrow(
      /content: got "hi", allowed: a list of blocks/,
    );
    expect(() => read({ role: "tool", content: [] })).toThrow(/role: got "tool", allowed: user, assistant/);
  });
});

test("bytes in messages given as objects become base64 text, and bytes again for the SDK", () => {
  const bytes = Uint8Array.from(Buffer.from(png, "base64"));
  const given = [
    { role: "user", content: [{ text: "see" }, { image: { format: "png", source: { bytes } } }] },
    {
      role: "assistant",
      content: [{ toolUse: { toolUseId: "t", name: "f", input: { bytes: "text of the tool" } } }],
    },
  ];
  const read = readMessages(given);
  expect(read[0]?.parts[1]).toMatchObject({ kind: "image", media: png, image: { width: 10, height: 20 } });
  const sent = read.map((message) => JSON.parse(message.json) as unknown);
  expect(decodeBedrockBytes(sent)).toEqual(given);
});

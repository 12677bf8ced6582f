import { describe, expect, test } from "vitest";
import type { Format } from "../conversation/message/message.ts";
import { readMessages } from "../conversation/read/read-conversation.ts";
import { makeKeys } from "./meaning.ts";

/** Pictures of the same size that differ in their data. */
const png = (name: string): string => `iVBORw0KGgoAAAANSUhEUgAAA+gAAAPoCAIAAADCwUOz${name}AAAAAElFTkSuQmCC`;
const url = (name: string): string => `data:image/png;base64,${png(name)}`;

/** A message that holds one picture or file, by where formats keep it. */
const rows: readonly (readonly [string, Format, (name: string) => object])[] = [
  ["a computer's screenshot", "openai-responses", (name) => screenshot({ image_url: url(name) })],
  ["a screenshot by file id", "openai-responses", (name) => screenshot({ file_id: `file-${name}` })],
  [
    "a generated picture",
    "openai-responses",
    (name) => ({ type: "image_generation_call", id: "ig_1", status: "completed", result: png(name) }),
  ],
  [
    "a picture in an output",
    "openai-responses",
    (name) => ({
      type: "function_call_output",
      call_id: "c",
      output: [{ type: "input_image", image_url: url(name) }],
    }),
  ],
  [
    "a screenshot of @openai/agents",
    "openai-agents",
    (name) => ({
      type: "computer_call_result",
      callId: "c",
      output: { type: "computer_screenshot", data: url(name) },
    }),
  ],
  [
    "a picture in a result of @openai/agents",
    "openai-agents",
    (name) => ({
      type: "function_call_result",
      callId: "c",
      name: "look",
      status: "completed",
      output: { type: "image", image: url(name) },
    }),
  ],
  ["Ollama's picture", "ollama", (name) => ({ role: "user", content: "look", images: [png(name)] })],
  [
    "Gemini's inline data",
    "gemini",
    (name) => ({ role: "user", parts: [{ inlineData: { mimeType: "image/png", data: png(name) } }] }),
  ],
  [
    "Gemini's file",
    "gemini",
    (name) => ({ role: "user", parts: [{ fileData: { mimeType: "video/mp4", fileUri: `gs://${name}` } }] }),
  ],
  [
    "media in a response of Gemini's function",
    "gemini",
    (name) => ({
      role: "user",
      parts: [
        {
          functionResponse: {
            name: "look",
            response: {},
            parts: [{ inlineData: { mimeType: "image/png", data: png(name) } }],
          },
        },
      ],
    }),
  ],
  [
    "a document of Bedrock",
    "bedrock",
    (name) => ({
      role: "user",
      content: [{ document: { format: "pdf", name: "a", source: { bytes: png(name) } } }],
    }),
  ],
  [
    "LangChain's picture",
    "langchain",
    (name) => ({
      type: "human",
      content: [{ type: "image", source_type: "base64", mime_type: "image/png", data: png(name) }],
    }),
  ],
  [
    "a file of the AI SDK",
    "ai-sdk",
    (name) => ({
      role: "user",
      content: [{ type: "file", mediaType: "application/pdf", data: png(name) }],
    }),
  ],
  [
    "a sound",
    "openai-chat",
    (name) => ({
      role: "user",
      content: [{ type: "input_audio", input_audio: { data: png(name), format: "wav" } }],
    }),
  ],
  [
    "a file by id",
    "anthropic",
    (name) => ({
      role: "user",
      content: [{ type: "document", source: { type: "file", file_id: `file_${name}` } }],
    }),
  ],
];

function screenshot(image: object): object {
  return {
    type: "computer_call_output",
    call_id: "c",
    output: { type: "computer_screenshot", ...image },
  };
}

describe("media are part of what a message says", () => {
  test.each(rows)("%s (%s)", (_, format, make) => {
    const key = (name: string): readonly string[] => makeKeys(readMessages([make(name)], { format }));
    expect(key("a")).toEqual(key("a"));
    expect(key("a")).not.toEqual(key("b"));
  });
});

import { expect, test } from "vitest";
import { readConversation } from "./read-conversation.ts";

function readFrameOf(request: object) {
  return readConversation(JSON.stringify(request)).frame;
}

const schema = { type: "object", properties: { port: { type: "integer" } } };
const json = JSON.stringify(schema);

test("readFrame reads the answer's form where each format keeps it", () => {
  const messages = [{ role: "user", content: "hi" }];
  expect(readFrameOf({ messages, response_format: schema }).responseFormat).toBe(json);
  expect(readFrameOf({ input: "hi", text: { verbosity: "low", format: schema } }).responseFormat).toBe(json);
  expect(readFrameOf({ messages, output_config: { format: schema } }).responseFormat).toBe(json);
  const contents = [{ role: "user", parts: [{ text: "hi" }] }];
  expect(readFrameOf({ contents, generationConfig: { responseSchema: schema } }).responseFormat).toBe(json);
  expect(readFrameOf({ contents, config: { responseJsonSchema: schema } }).responseFormat).toBe(json);
  expect(
    readFrameOf({ messages, text: { verbosity: "low" }, output_config: 3 }).responseFormat,
  ).toBeUndefined();
});

test("readFrame reads the choice among the tools", () => {
  const messages = [{ role: "user", content: "hi" }];
  expect(readFrameOf({ messages, tool_choice: "none" }).toolChoice).toBe('"none"');
  expect(readFrameOf({ messages, tool_choice: null }).toolChoice).toBeUndefined();
  expect(readFrameOf({ messages, tool_choice: { type: "any" } }).toolChoice).toBe('{"type":"any"}');
});

import * as fc from "fast-check";
import type { Format } from "../message/message.ts";
import { chatBlock, id, json, list, name, png, text } from "./generator-parts.fixture.ts";
import { liveGenerators } from "./live-generators.fixture.ts";

const chatCall = fc.record({
  id,
  type: fc.constant("function"),
  function: fc.record({ name, arguments: json.map((value) => JSON.stringify(value)) }),
});
const chat = fc.oneof(
  fc.record({ role: fc.constantFrom("user", "system"), content: fc.oneof(text, list(...chatBlock)) }),
  fc.record(
    {
      reasoning_content: text.map((word) => `r${word}`),
      role: fc.constant("assistant"),
      content: fc.oneof(text, list(...chatBlock), fc.constant(null)),
      tool_calls: fc.array(chatCall, { minLength: 1, maxLength: 4 }),
      mystery: fc.record({ a: text }),
    },
    { requiredKeys: ["role", "content"] },
  ),
  fc.record({
    role: fc.constant("tool"),
    tool_call_id: id,
    content: fc.oneof(text, list(...chatBlock)),
  }),
);

const anthropicBlock: readonly fc.Arbitrary<object>[] = [
  fc.record({ type: fc.constant("text"), text }),
  fc.constant({ type: "image", source: { type: "base64", media_type: "image/png", data: png } }),
  fc.record({ type: fc.constant("mystery"), data: json }),
];
const anthropic = fc.oneof(
  fc.record({ role: fc.constant("user"), content: text }),
  fc.record({
    role: fc.constant("assistant"),
    content: list<object>(
      ...anthropicBlock,
      fc.record({ type: fc.constant("thinking"), thinking: text, signature: id }),
      fc.record({ type: fc.constant("redacted_thinking"), data: id }),
      fc.record({ type: fc.constant("tool_use"), id, name, input: fc.record({ path: text, more: json }) }),
    ),
  }),
  fc.record({
    role: fc.constant("user"),
    content: list<object>(
      ...anthropicBlock,
      fc.record({
        type: fc.constant("tool_result"),
        tool_use_id: id,
        content: fc.oneof(text, list(...anthropicBlock)),
      }),
    ),
  }),
);

const sdkOutput = fc.oneof(
  fc.record({ type: fc.constantFrom("text", "error-text"), value: text }),
  fc.record({ type: fc.constantFrom("json", "error-json"), value: json }),
  fc.record({ type: fc.constant("content"), value: list(fc.record({ type: fc.constant("text"), text })) }),
);
const sdk = fc.oneof(
  fc.record({ role: fc.constantFrom("user", "assistant", "system"), content: text }),
  fc.record({
    role: fc.constant("assistant"),
    content: list<object>(
      fc.record({ type: fc.constant("text"), text }),
      fc.record({ type: fc.constant("reasoning"), text }),
      fc.record({ type: fc.constant("tool-call"), toolCallId: id, toolName: name, input: json }),
      fc.record({ type: fc.constant("tool-approval-request"), approvalId: id, toolCallId: id }),
    ),
  }),
  fc.record({
    role: fc.constant("tool"),
    content: list<object>(
      fc.record({ type: fc.constant("tool-result"), toolCallId: id, toolName: name, output: sdkOutput }),
    ),
  }),
);

const responses = fc.oneof(
  fc.record({
    type: fc.constant("message"),
    role: fc.constantFrom("user", "assistant"),
    content: fc.oneof(text, list(fc.record({ type: fc.constantFrom("input_text", "output_text"), text }))),
  }),
  fc.record({ type: fc.constant("function_call"), call_id: id, name, arguments: text }),
  fc.record({
    type: fc.constantFrom("function_call_output", "custom_tool_call_output"),
    call_id: id,
    output: fc.oneof(text, list(fc.record({ type: fc.constant("input_text"), text }))),
  }),
  fc.record({
    type: fc.constant("reasoning"),
    summary: fc.array(fc.record({ type: fc.constant("summary_text"), text })),
    encrypted_content: id,
  }),
);

const trajectory = fc.oneof(
  fc.record({
    role: fc.constantFrom("system", "user"),
    content: fc.oneof(text, list(...chatBlock)),
    agent: fc.constant("main"),
  }),
  fc.record({ role: fc.constant("assistant"), content: text, thought: text, action: text }),
  fc.record({
    role: fc.constant("assistant"),
    content: text,
    action: text,
    tool_calls: fc.array(chatCall, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ role: fc.constant("tool"), content: text, tool_call_ids: fc.tuple(id) }),
  fc.record({ action: text, observation: text, thought: text }),
);

/** Generates messages of each format, of all kinds of parts. */
export const generators: Readonly<Record<Format, fc.Arbitrary<object>>> = {
  "openai-chat": chat,
  "openai-responses": responses,
  anthropic,
  "ai-sdk": sdk,
  "swe-agent": trajectory,
  ...liveGenerators,
};

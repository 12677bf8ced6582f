import * as fc from "fast-check";
import type { Format } from "../message/message.ts";

/** Texts with the characters that JSON escapes or that look like its end. */
export const text: fc.Arbitrary<string> = fc
  .string({ unit: "grapheme", maxLength: 12 })
  .map((word) => `${word}"\\,]}`);
const id = fc.uuid();
const name = fc.constantFrom("read_file", "search");
const json = fc.jsonValue({ maxDepth: 2 });
const png = "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAUCAYAAAC07w7bAAAAAElFTkSuQmCC";

function list<T>(...arbs: readonly fc.Arbitrary<T>[]): fc.Arbitrary<readonly T[]> {
  return fc.array(fc.oneof(...arbs), { minLength: 1, maxLength: 5 });
}

const chatBlock: readonly fc.Arbitrary<object>[] = [
  fc.record({ type: fc.constant("text"), text }),
  fc.constant({ type: "image_url", image_url: { url: `data:image/png;base64,${png}`, detail: "low" } }),
  fc.record({ type: fc.constant("mystery"), data: json }),
];
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

const geminiPart: readonly fc.Arbitrary<object>[] = [
  fc.record({ text }),
  fc.record({ text, thoughtSignature: id }),
  fc.record({ text: text.map((word) => `t${word}`), thought: fc.constant(true) }),
  fc.constant({ inlineData: { mimeType: "image/png", data: png } }),
  fc.constant({ file_data: { mime_type: "application/pdf", file_uri: "gs://a/b" } }),
  fc.record({ mystery: json.map((data) => ({ data })) }),
];
const geminiResponse = fc.record(
  {
    id,
    name,
    response: fc.oneof(
      fc.record({ output: text }),
      fc.record({ content: list(fc.record({ type: fc.constant("text"), text })) }),
      fc.record({ out: json, more: text }),
    ),
    parts: fc.array(fc.constant({ inlineData: { mimeType: "image/png", data: png } }), {
      minLength: 1,
      maxLength: 3,
    }),
  },
  { requiredKeys: ["name", "response"] },
);
const gemini = fc.oneof(
  fc.record({ role: fc.constant("user"), parts: list(...geminiPart) }),
  fc.record({
    role: fc.constant("model"),
    parts: list<object>(
      ...geminiPart,
      fc.record(
        { functionCall: fc.record({ name, args: fc.record({ path: text }) }), thoughtSignature: id },
        { requiredKeys: ["functionCall"] },
      ),
      fc.record({ functionCall: fc.record({ id, name, args: fc.record({ path: text }) }) }),
      fc.record({ executableCode: fc.record({ language: fc.constant("PYTHON"), code: text }) }),
      fc.record({ codeExecutionResult: fc.record({ outcome: fc.constant("OUTCOME_OK"), output: text }) }),
    ),
  }),
  fc.record({
    role: fc.constantFrom("user", "function"),
    parts: list<object>(fc.record({ functionResponse: geminiResponse })),
  }),
);

const bedrockBlock: readonly fc.Arbitrary<object>[] = [
  fc.record({ text }),
  fc.constant({ image: { format: "png", source: { bytes: png } } }),
  fc.constant({ document: { name: "a", format: "txt", source: { bytes: "aGk=" } } }),
  fc.record({ mystery: json.map((data) => ({ data })) }),
];
const mark = fc.constant({ cachePoint: { type: "default" } });
const bedrock = fc.oneof(
  fc.record({ role: fc.constant("user"), content: list(...bedrockBlock, mark) }),
  fc.record({
    role: fc.constant("assistant"),
    content: list<object>(
      ...bedrockBlock,
      mark,
      fc.record({
        reasoningContent: fc.record({
          reasoningText: fc.record({ text, signature: id }, { requiredKeys: ["text"] }),
        }),
      }),
      fc.record({ reasoningContent: fc.record({ redactedContent: id }) }),
      fc.record({ toolUse: fc.record({ toolUseId: id, name, input: fc.record({ path: text }) }) }),
    ),
  }),
  fc.record({
    role: fc.constant("user"),
    content: list<object>(
      mark,
      fc.record({
        toolResult: fc.record(
          {
            toolUseId: id,
            content: list(...bedrockBlock, fc.record({ json })),
            status: fc.constant("success"),
          },
          { requiredKeys: ["toolUseId", "content"] },
        ),
      }),
    ),
  }),
);

const agentOutput = fc.oneof(
  text,
  fc.record({ type: fc.constant("text"), text }),
  fc.constant({ type: "image", image: { data: png, mediaType: "image/png" } }),
  list<object>(
    fc.record({ type: fc.constant("input_text"), text }),
    fc.constant({ type: "input_image", image: `data:image/png;base64,${png}` }),
  ),
);
const agents = fc.oneof(
  fc.record({
    type: fc.constant("message"),
    role: fc.constantFrom("user", "assistant"),
    content: fc.oneof(text, list(fc.record({ type: fc.constantFrom("input_text", "output_text"), text }))),
  }),
  fc.record({ type: fc.constant("function_call"), callId: id, name, arguments: text }),
  fc.record({ type: fc.constant("function_call_result"), callId: id, name, output: agentOutput }),
  fc.record({
    type: fc.constant("shell_call_output"),
    callId: id,
    output: list(fc.record({ stdout: text, stderr: text })),
  }),
  fc.record({ type: fc.constant("apply_patch_call_output"), callId: id, output: text }),
  fc.record({ type: fc.constant("hosted_tool_call"), id, name, output: text }),
  fc.record({
    type: fc.constant("reasoning"),
    content: fc.array(fc.record({ type: fc.constant("input_text"), text })),
    providerData: fc.record({ encryptedContent: id }),
  }),
);

const ollama = fc.oneof(
  fc.record({ role: fc.constantFrom("system", "user"), content: text }),
  fc.record({ role: fc.constant("user"), content: text, images: list(fc.constant(png)) }),
  fc.record(
    {
      role: fc.constant("assistant"),
      content: text,
      thinking: text,
      tool_calls: fc.array(
        fc.record({ function: fc.record({ name, arguments: fc.record({ path: text }) }) }),
        { minLength: 1, maxLength: 3 },
      ),
      mystery: fc.record({ a: text }),
    },
    { requiredKeys: ["role", "content"] },
  ),
  fc.record({ role: fc.constant("tool"), content: text, tool_name: name }),
);

/** Generates messages of each format, of all kinds of parts. */
export const generators: Readonly<Record<Format, fc.Arbitrary<object>>> = {
  "openai-chat": chat,
  "openai-responses": responses,
  anthropic,
  "ai-sdk": sdk,
  "swe-agent": trajectory,
  gemini,
  bedrock,
  "openai-agents": agents,
  ollama,
};

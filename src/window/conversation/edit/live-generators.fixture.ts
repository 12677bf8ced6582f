import * as fc from "fast-check";
import { chatBlock, id, json, list, name, png, text } from "./generator-parts.fixture.ts";

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

const langChainCall = fc.record({
  name,
  args: fc.record({ path: text }),
  id,
  type: fc.constant("tool_call"),
});
const langChainFacts: readonly (readonly [string, fc.Arbitrary<object>])[] = [
  ["human", fc.record({ content: fc.oneof(text, list(...chatBlock)) })],
  [
    "ai",
    fc.record(
      {
        content: fc.oneof(
          text,
          list<object>(
            ...chatBlock,
            fc.record({ type: fc.constant("thinking"), thinking: text, signature: id }),
          ),
        ),
        additional_kwargs: fc.record({ reasoning_content: text }),
        tool_calls: fc.array(langChainCall, { minLength: 1, maxLength: 3 }),
        mystery: fc.record({ a: text }),
      },
      { requiredKeys: ["content"] },
    ),
  ],
  ["tool", fc.record({ content: fc.oneof(text, list(...chatBlock)), tool_call_id: id, name })],
];
const classNames: Readonly<Record<string, string>> = {
  human: "HumanMessage",
  ai: "AIMessage",
  tool: "ToolMessage",
};
const langChain = fc.oneof(
  ...langChainFacts.flatMap(([type, facts]) => [
    facts.map((data) => ({ type, data })),
    facts.map((fields) => ({ type, ...fields })),
    facts.map((kwargs) => ({
      lc: 1,
      type: "constructor",
      id: ["langchain_core", "messages", classNames[type]],
      kwargs,
    })),
  ]),
);

/** Generates messages of the live formats, of all kinds of parts. */
export const liveGenerators: Readonly<
  Record<"gemini" | "bedrock" | "openai-agents" | "ollama" | "langchain", fc.Arbitrary<object>>
> = {
  gemini,
  bedrock,
  "openai-agents": agents,
  ollama,
  langchain: langChain,
};

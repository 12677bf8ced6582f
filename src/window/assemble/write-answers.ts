import { isJsonObject } from "../../shared/json/json-object.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";
import type { Format } from "../conversation/message/message.ts";
import type { UnansweredCalls } from "../measures/layout.ts";

type Call = UnansweredCalls["calls"][number];

/** Writes the result of a call as the format's block or message. `message` is the message that holds the call. */
type WriteAnswer = (call: Call, text: string, message: JsonObject) => object;

const chatAnswer: WriteAnswer = ({ callId }, text) => ({ role: "tool", tool_call_id: callId, content: text });

/** Returns the type of a call's output: it repeats the type of the call. */
function nameOutput({ type }: JsonObject): string {
  return `${typeof type === "string" ? type : "function_call"}_output`;
}

/** LangChain has three forms; the answer is in the form of its call. */
const writeLangChain: WriteAnswer = ({ callId, toolName }, text, call) => {
  const facts = { content: text, tool_call_id: callId, name: toolName, status: "error" };
  if (call["type"] === "constructor" && Array.isArray(call["id"])) {
    const id: unknown[] = [...(call["id"] as readonly unknown[]).slice(0, -1), "ToolMessage"];
    return { lc: 1, type: "constructor", id, kwargs: facts };
  }
  if (isJsonObject(call["data"])) return { type: "tool", data: facts };
  return call["type"] === undefined ? { role: "tool", ...facts } : { type: "tool", ...facts };
};

const writers: Readonly<Record<Format, WriteAnswer>> = {
  "openai-chat": chatAnswer,
  "swe-agent": chatAnswer,
  langchain: writeLangChain,
  ollama: ({ callId, toolName }, text) => ({
    role: "tool",
    tool_call_id: callId,
    ...(toolName === undefined ? {} : { tool_name: toolName }),
    content: text,
  }),
  "openai-responses": ({ callId }, text, message) => ({
    type: nameOutput(message),
    call_id: callId,
    output: text,
  }),
  "openai-agents": ({ callId, toolName }, text) => ({
    type: "function_call_result",
    name: toolName ?? "",
    callId,
    status: "incomplete",
    output: { type: "text", text },
  }),
  anthropic: ({ callId }, text) => ({
    type: "tool_result",
    tool_use_id: callId,
    content: text,
    is_error: true,
  }),
  "ai-sdk": ({ callId, toolName }, text) => ({
    type: "tool-result",
    toolCallId: callId,
    toolName: toolName ?? "",
    output: { type: "error-text", value: text },
  }),
  bedrock: ({ callId }, text) => ({
    toolResult: { toolUseId: callId, content: [{ text }], status: "error" },
  }),
  gemini: ({ callId, toolName }, text) => ({
    functionResponse: { id: callId, name: toolName ?? "", response: { error: text } },
  }),
};

/** Formats whose answers are blocks of one message, with the message around them. */
const wrappers: Readonly<Partial<Record<Format, (blocks: readonly object[]) => object>>> = {
  anthropic: (content) => ({ role: "user", content }),
  "ai-sdk": (content) => ({ role: "tool", content }),
  bedrock: (content) => ({ role: "user", content }),
  gemini: (parts) => ({ role: "user", parts }),
};

/** Writes the answers to calls that no result answers: one message, or one for each call, as the format requires. */
export function writeAnswers(
  { calls }: UnansweredCalls,
  text: string,
  { format, callJson }: { readonly format: Format; readonly callJson: string },
): readonly string[] {
  const message: unknown = JSON.parse(callJson);
  const holder = isJsonObject(message) ? message : {};
  const answers = calls.map((call) => writers[format](call, text, holder));
  const wrap = wrappers[format];
  return (wrap === undefined ? answers : [wrap(answers)]).map((answer) => JSON.stringify(answer));
}

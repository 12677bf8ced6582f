import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";

/** A row of the table of forms that are known and not read. */
export interface RefusedForm {
  /** How the error names it. */
  readonly name: string;
  /** What to do in place of it, as the end of a sentence. */
  readonly advice: string;
  /** Recognizes it by the first objects of a file: those of its list or its lines, or the only one. */
  readonly recognizes: (objects: readonly JsonObject[]) => boolean;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly unknown[]).filter(isJsonObject) : [];
}

function some(test: (value: JsonObject) => boolean): RefusedForm["recognizes"] {
  return (objects) => objects.some(test);
}

function every(test: (value: JsonObject) => boolean): RefusedForm["recognizes"] {
  return (objects) => objects.length > 0 && objects.every(test);
}

function isPi(value: JsonObject): boolean {
  const { type, message } = value;
  if (type === "session") return isText(value["id"]) && isText(value["cwd"]);
  if (!isJsonObject(message)) return false;
  return (
    type === "message" && (message["role"] === "toolResult" || "parentId" in value || "stopReason" in message)
  );
}

function isOpenHands(value: JsonObject): boolean {
  const { source, action, observation, kind } = value;
  if (!isText(source) || !["user", "agent", "environment", "hook"].includes(source)) return false;
  return (
    isText(action) || isText(observation) || (isText(kind) && /(?:Event|Action|Observation)$/.test(kind))
  );
}

function isAgentBench(value: JsonObject): boolean {
  const { output, role } = value;
  if (role === "agent") return "content" in value;
  return isJsonObject(output) && listOf(output["history"]).some((turn) => isText(turn["role"]));
}

function isThreadMessage(value: JsonObject): boolean {
  const { object } = value;
  return isText(object) && object.startsWith("thread.");
}

function isChunk(value: JsonObject): boolean {
  const { object, type } = value;
  if (isText(object) && object.endsWith(".chunk")) return true;
  if (!isText(type)) return false;
  return /^(?:response\.\w|message_start$|content_block_(?:start|delta)$)/.test(type);
}

function isSlack(value: JsonObject): boolean {
  return value["type"] === "message" && isText(value["ts"]) && "text" in value && value["role"] === undefined;
}

/** Whether a request's `input` is text that is not part of a conversation. */
function isOtherRequest(value: JsonObject): boolean {
  const { model, input } = value;
  const texts = Array.isArray(input) ? (input as readonly unknown[]) : [input];
  if (!texts.every(isText) || texts.length === 0) return false;
  return (
    ["encoding_format", "dimensions", "voice"].some((field) => field in value) ||
    (isText(model) && /embed|moderation|(?:^|-)tts(?:-|$)/.test(model))
  );
}

function isHaystack(value: JsonObject): boolean {
  const blocks = listOf(value["content"]);
  const isPlain = blocks.length > 0 && blocks.every((block) => !("type" in block));
  return isText(value["role"]) && isJsonObject(value["meta"]) && "name" in value && isPlain;
}

const asMessages = 'write each message as {"role": …, "content": …}';

/** Forms of products, frameworks and data sets that are refused by name, with what to do. */
export const refusedForms: readonly RefusedForm[] = [
  {
    name: "a session of pi",
    advice:
      "log the requests that pi sends and read those, or write each line's message in one provider's format (toolCall as tool_use, toolResult as tool_result)",
    recognizes: some(isPi),
  },
  {
    name: "OpenHands events",
    advice:
      "set log_completions in OpenHands and read a file that it writes: each holds messages and response",
    recognizes: some(isOpenHands),
  },
  {
    name: "an AgentBench run",
    advice: "write its history as a list of messages, with the role assistant in place of agent",
    recognizes: some(isAgentBench),
  },
  {
    name: "messages of an Assistants thread",
    advice: `${asMessages}, oldest first, with text.value as content`,
    recognizes: some((value) => isThreadMessage(value) || listOf(value["data"]).some(isThreadMessage)),
  },
  {
    name: "chunks of a streamed response",
    advice: "join them, or record the complete response",
    recognizes: every(isChunk),
  },
  {
    name: "rows of instruction data (Alpaca)",
    advice: `${asMessages}: instruction and input as user, output as assistant`,
    recognizes: every((value) => isText(value["instruction"]) && isText(value["output"])),
  },
  {
    name: "preference pairs",
    advice: "read the messages of one side (chosen or rejected)",
    recognizes: every((value) => "chosen" in value && "rejected" in value),
  },
  {
    name: "pairs of prompt and completion",
    advice: `${asMessages}: the prompt as user, the completion as assistant`,
    recognizes: every((value) => isText(value["prompt"]) && isText(value["completion"])),
  },
  {
    name: "an OpenTelemetry trace",
    advice: "export the bodies of the requests and responses and read those",
    recognizes: some(
      (value) => Array.isArray(value["resourceSpans"]) || Array.isArray(value["resource_spans"]),
    ),
  },
  {
    name: "a LangSmith run",
    advice: "read the list of messages in its inputs",
    recognizes: some((value) => isText(value["run_type"]) && "inputs" in value),
  },
  {
    name: "LlamaIndex messages",
    advice: `${asMessages}, with the text of the blocks as content`,
    recognizes: some((value) => listOf(value["blocks"]).some((block) => isText(block["block_type"]))),
  },
  {
    name: "Pydantic AI messages",
    advice: "log the requests that it sends to the model and read those",
    recognizes: some((value) => listOf(value["parts"]).some((part) => isText(part["part_kind"]))),
  },
  {
    name: "AutoGen messages",
    advice: `${asMessages}: the source decides the role`,
    recognizes: some((value) => isText(value["source"]) && "models_usage" in value && "content" in value),
  },
  {
    name: "Letta messages",
    advice: "log the requests that it sends to the model and read those",
    recognizes: some((value) => isText(value["message_type"]) && value["role"] === undefined),
  },
  {
    name: "events of Google's Agent Development Kit",
    advice: "read the list of their content objects: they are Gemini contents",
    recognizes: some(
      (value) =>
        isText(value["author"]) && isJsonObject(value["content"]) && Array.isArray(value["content"]["parts"]),
    ),
  },
  {
    name: "a prompt of Google AI Studio",
    advice: `${asMessages}: the role model is assistant`,
    recognizes: some((value) => isJsonObject(value["chunkedPrompt"])),
  },
  {
    name: "a chat of GitHub Copilot",
    advice: "log the requests that it sends to the model and read those",
    recognizes: some((value) => Array.isArray(value["requests"]) && "responderUsername" in value),
  },
  {
    name: "a Slack export",
    advice: `${asMessages}`,
    recognizes: every(isSlack),
  },
  {
    name: "a Jupyter notebook",
    advice: "read a file of messages",
    recognizes: some((value) => Array.isArray(value["cells"]) && "nbformat" in value),
  },
  {
    name: "a request for embeddings, speech or moderation",
    advice: "read a request that holds a conversation",
    recognizes: some(isOtherRequest),
  },
  {
    name: "the output of claude -p",
    advice: "read the session that Claude Code wrote (loadline inspect --claude-code)",
    recognizes: some((value) => value["subtype"] === "init" && isText(value["session_id"])),
  },
  {
    name: "the output of codex exec",
    advice: "read the session that Codex wrote (loadline inspect --codex)",
    recognizes: some((value) => value["type"] === "thread.started" && isText(value["thread_id"])),
  },
  {
    name: "Haystack messages",
    advice: `${asMessages}, with the text as content, calls in tool_calls and results as role tool`,
    recognizes: every(isHaystack),
  },
];

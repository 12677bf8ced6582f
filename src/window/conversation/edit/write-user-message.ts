import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { Format } from "../message/message.ts";

/** Writes a text, given as a JSON string, as a user message. `like` is the JSON of another message of the conversation. */
type UserMessageWriter = (text: string, like: string | undefined) => string;

const plain: UserMessageWriter = (text) => `{"role":"user","content":${text}}`;

/** LangChain has three forms, and a conversation is in one of them: with `data`, flat, or a serialized constructor. */
function writeLangChain(text: string, like: string | undefined): string {
  const other: unknown = like === undefined ? undefined : JSON.parse(like);
  if (!isJsonObject(other)) return `{"type":"human","content":${text}}`;
  if (other["type"] === "constructor" && Array.isArray(other["id"])) {
    const id = JSON.stringify([...(other["id"] as readonly unknown[]).slice(0, -1), "HumanMessage"]);
    return `{"lc":1,"type":"constructor","id":${id},"kwargs":{"content":${text}}}`;
  }
  if (isJsonObject(other["data"])) return `{"type":"human","data":{"content":${text}}}`;
  return other["type"] === undefined ? plain(text, like) : `{"type":"human","content":${text}}`;
}

const writers: Readonly<Record<Format, UserMessageWriter>> = {
  "openai-chat": plain,
  "openai-responses": plain,
  anthropic: plain,
  "ai-sdk": plain,
  "swe-agent": plain,
  ollama: plain,
  langchain: writeLangChain,
  "openai-agents": (text) => `{"type":"message","role":"user","content":${text}}`,
  bedrock: (text) => `{"role":"user","content":[{"text":${text}}]}`,
  gemini: (text) => `{"role":"user","parts":[{"text":${text}}]}`,
};

/**
 * Writes a text as a user message of a format: JSON that the format's provider accepts. `like` is another message of the same
 * conversation, for formats with several forms.
 */
export function writeUserMessage(text: string, format: Format, like?: string): string {
  return writers[format](JSON.stringify(text), like);
}

import { readAiSdkSource } from "../formats/ai-sdk.ts";
import { readAnthropicSource } from "../formats/anthropic.ts";
import { readGeminiSource } from "../formats/gemini.ts";
import { readBedrockSource } from "../formats/bedrock.ts";
import type { Format, Message } from "../message/message.ts";
import type { MessageReader, PreviousMessage } from "../formats/message-source.ts";
import { parseSource } from "../formats/message-source.ts";
import { readChatSource } from "../formats/openai-chat.ts";
import { readLangChainSource } from "../formats/langchain.ts";
import { readOllamaSource } from "../formats/ollama.ts";
import { readAgentsSource } from "../formats/openai-agents.ts";
import { readResponsesSource } from "../formats/openai-responses.ts";
import { readSweAgentSource } from "../formats/swe-agent.ts";

const readers: Readonly<Record<Format, MessageReader>> = {
  "openai-chat": readChatSource,
  "openai-responses": readResponsesSource,
  anthropic: readAnthropicSource,
  "ai-sdk": readAiSdkSource,
  "swe-agent": readSweAgentSource,
  gemini: readGeminiSource,
  bedrock: readBedrockSource,
  "openai-agents": readAgentsSource,
  ollama: readOllamaSource,
  langchain: readLangChainSource,
};

/** The formats that can be read. */
export const formats: readonly Format[] = Object.keys(readers) as Format[];

/** Returns the reader of a format. */
export function chooseReader(format: Format): MessageReader {
  return readers[format];
}

/**
 * Reads one message of a format from its JSON text. Only SWE-agent needs `previous`.
 * Errors: `invalid-json`, `invalid-message`.
 */
export function readMessage(json: string, format: Format, previous?: PreviousMessage): Message {
  return readers[format](parseSource(json, previous));
}

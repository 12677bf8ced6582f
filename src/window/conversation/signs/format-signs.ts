import type { Format } from "../message/message.ts";
import { aiSdkSigns } from "./ai-sdk-signs.ts";
import { anthropicSigns } from "./anthropic-signs.ts";
import { geminiSigns } from "./gemini-signs.ts";
import { langChainSigns } from "./langchain-signs.ts";
import { ollamaSigns } from "./ollama-signs.ts";
import { openAiAgentsSigns } from "./openai-agents-signs.ts";
import { openAiChatSigns } from "./openai-chat-signs.ts";
import { openAiResponsesSigns } from "./openai-responses-signs.ts";
import { bedrockSigns } from "./bedrock-signs.ts";
import type { FormatSigns } from "./sign.ts";
import { sweAgentSigns } from "./swe-agent-signs.ts";

/** What identifies each format: one row per format, most common first. */
export const formatSigns: Readonly<Record<Format, FormatSigns>> = {
  "openai-chat": openAiChatSigns,
  anthropic: anthropicSigns,
  "openai-responses": openAiResponsesSigns,
  "ai-sdk": aiSdkSigns,
  "swe-agent": sweAgentSigns,
  gemini: geminiSigns,
  bedrock: bedrockSigns,
  "openai-agents": openAiAgentsSigns,
  ollama: ollamaSigns,
  langchain: langChainSigns,
};

/** The formats of the table. */
export const knownFormats: readonly Format[] = Object.keys(formatSigns) as Format[];

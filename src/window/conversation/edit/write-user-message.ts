import type { Format } from "../message/message.ts";

const plain = (text: string): string => `{"role":"user","content":${text}}`;

const writers: Readonly<Record<Format, (text: string) => string>> = {
  "openai-chat": plain,
  "openai-responses": plain,
  anthropic: plain,
  "ai-sdk": plain,
  "swe-agent": plain,
  ollama: plain,
  "openai-agents": (text) => `{"type":"message","role":"user","content":${text}}`,
  bedrock: (text) => `{"role":"user","content":[{"text":${text}}]}`,
  gemini: (text) => `{"role":"user","parts":[{"text":${text}}]}`,
};

/** Writes a text as a user message of a format: JSON that the format's provider accepts. */
export function writeUserMessage(text: string, format: Format): string {
  return writers[format](JSON.stringify(text));
}

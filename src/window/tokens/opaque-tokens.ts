import type { Format, Part } from "../conversation/message/message.ts";
import { readModelName } from "./model-name.ts";

/**
 * Bytes of OpenAI's encrypted reasoning that are not text: openai/codex estimates the rest as 4 bytes per token
 * (codex-rs/core/src/context_manager/history.rs), within 6 % of 10 reported counts. A compaction item has more.
 */
const reasoningHeaderBytes = 650;
const compactionHeaderBytes = 1_040;
const openAiBytesPerToken = 4;
/** Bytes of Claude's signature without its thinking; the thinking is about 3 bytes per token (two lengths of each compared). */
const claudeHeaderBytes = 250;
const claudeBytesPerToken = 3;
/** Gemini 3 counts its thought signatures on the Gemini API: 3.5 to 5.7 characters per token in 14 counts. */
const geminiCharactersPerToken = 4.5;
/** Characters per token of other data. */
const charactersPerToken = 3;

/**
 * Counts data that represents what the model thought and that cannot be read. A signature of shown thinking adds nothing to it;
 * without its text it holds all of it. Gemini before 3 does not count its thought signatures.
 */
export function countOpaque(part: Part, model: string | undefined, format: Format): number {
  if (part.opaque === undefined) return 0;
  const maker = readModelName(model)?.maker;
  if (maker === "google" || format === "gemini")
    return isGemini3(model) ? Math.ceil(part.opaque.length / geminiCharactersPerToken) : 0;
  const bytes = (part.opaque.length * 3) / 4;
  if (format === "openai-responses" && maker !== "anthropic") {
    const header = part.kind === "other" ? compactionHeaderBytes : reasoningHeaderBytes;
    return Math.ceil(Math.max(0, bytes - header) / openAiBytesPerToken);
  }
  if (part.kind === "reasoning" && part.text !== "") return 0;
  if (maker === "anthropic" || format === "anthropic")
    return Math.ceil(Math.max(0, bytes - claudeHeaderBytes) / claudeBytesPerToken);
  return Math.ceil(part.opaque.length / charactersPerToken);
}

function isGemini3(model: string | undefined): boolean {
  return (readModelName(model)?.version ?? 3) >= 3;
}

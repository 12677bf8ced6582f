import { cutDataUrl, readDataFacts } from "../conversation/media/embedded-data.ts";
import type { FileFacts } from "../conversation/media/embedded-data.ts";
import type { Format } from "../conversation/message/message.ts";
import { countImageTokens } from "./image-tokens.ts";
import { readModelName } from "./model-name.ts";

/** A file that states neither pages nor length. */
const unknownFile = 3_000;
/**
 * Tokens of a PDF page for Claude, text and picture: a 3-page PDF uses about 7,000 tokens (Amazon Bedrock, Claude PDF support,
 * read 2026-11-29). Anthropic's own guide states 1,500 to 3,000.
 */
const claudePage = 2_333;
/** Tokens of the text of a page in other formats: about 550 words. */
const pageText = 750;
/** A page of US letter size at 150 dots per inch. */
const pagePixels = { width: 1_275, height: 1_650 } as const;
/** Gemini: tokens of a page (Document processing), from version 3 on at its default resolution (Media resolution). */
const geminiPage = 258;
const gemini3Page = 560;
/** Gemini: tokens of a second of sound (Tokens guide). OpenAI: 10 in a user's message (Realtime, managing costs). */
const geminiSecond = 32;
const openAiSecond = 10;

function countPageTokens(model: string | undefined, format: Format): number {
  const name = readModelName(model);
  if (name?.maker === "google") return (name.version ?? 0) >= 3 ? gemini3Page : geminiPage;
  if (name?.maker === "anthropic" || (format === "anthropic" && name?.maker !== "openai")) return claudePage;
  // Before GPT-5.6 a page's picture has low detail by default (OpenAI, File inputs).
  const isHigh = name !== undefined && /^gpt-(?:5\.(?:[6-9]|\d\d)|[6-9])/.test(name.name);
  return pageText + countImageTokens({ ...pagePixels, detail: isHigh ? "high" : "low" }, model, format);
}

/** Counts the tokens of a file: a PDF by its pages, sound by its seconds, anything else as one page of the largest kind. */
export function countFileTokens(
  file: FileFacts | undefined,
  model: string | undefined,
  format: Format,
): number {
  if (file?.kind === "pdf" && file.pages !== undefined) return file.pages * countPageTokens(model, format);
  if (file?.kind !== "audio" || file.seconds === undefined) return unknownFile;
  const isGemini = readModelName(model)?.maker === "google";
  return Math.ceil(file.seconds * (isGemini ? geminiSecond : openAiSecond));
}

/**
 * Counts the tokens of a file by what holds it: its data, whose first bytes show what it is, or an address or id, which does not
 * state its size.
 */
export function countMediaTokens(
  media: string | undefined,
  model: string | undefined,
  format: Format,
): number {
  if (media === undefined || /^[a-z]+:\/\//.test(media)) return countFileTokens(undefined, model, format);
  const facts = readDataFacts(cutDataUrl(media));
  return facts.kind === "image"
    ? countImageTokens(facts.image, model, format)
    : countFileTokens(facts.file, model, format);
}

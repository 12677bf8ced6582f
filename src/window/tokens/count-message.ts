import { isJsonObject } from "../../shared/json/json-object.ts";
import { compactJson } from "../conversation/json/compact-json.ts";
import type { Format, Frame, Message, Part } from "../conversation/message/message.ts";
import type { MessageTokens, TokenCounter } from "./counter.ts";
import { countDataText } from "./count-data.ts";
import { countMediaTokens } from "./file-tokens.ts";
import { countImageTokens } from "./image-tokens.ts";

/**
 * Tokens of a message in addition to its texts: role markers and separators. OpenAI's cookbook gives 3 per message and 1 for a
 * name; chat templates of open models need 4 to 5; Anthropic's figure is not published. One figure for all errs on the high
 * side.
 */
const messageOverhead = 4;
const nameOverhead = 1;
/** Id, name and markers of a tool call, in addition to its arguments; of a tool result, in addition to its content. */
const callOverhead = 6;
/** The prompt's end, which starts the reply (OpenAI cookbook: 3). */
const replyPriming = 3;
/** Opaque data (signatures, encrypted reasoning) represents reasoning that is billed: about three characters per token. */
const opaqueCharactersPerToken = 3;

function countText(text: string, counter: TokenCounter): number {
  return text === "" ? 0 : counter.count(text);
}

function countPart(part: Part, format: Format, counter: TokenCounter): number {
  const opaque = part.opaque === undefined ? 0 : Math.ceil(part.opaque.length / opaqueCharactersPerToken);
  switch (part.kind) {
    case "image":
      return countText(part.text, counter) + countImageTokens(part.image, counter.model, format);
    case "file":
      return part.text === ""
        ? countMediaTokens(part.media, counter.model, format)
        : countText(part.text, counter);
    case "tool-call":
      return opaque + callOverhead + counter.count(`${part.toolName ?? ""} ${part.arguments ?? part.text}`);
    case "tool-result":
      return (
        countText(part.text, counter) +
        (part.image === undefined ? 0 : countImageTokens(part.image, counter.model, format)) +
        (part.callId === undefined ? 0 : 2)
      );
    case "other":
      return opaque + (part.text === "" ? 0 : countDataText(part.text, counter, format));
    default:
      return opaque + countText(part.text, counter);
  }
}

/** Counts a message once: each part, and what the format adds around them. */
export function countMessage(message: Message, counter: TokenCounter): MessageTokens {
  const parts = message.parts.map((part) => countPart(part, message.format, counter));
  const overhead = messageOverhead + (message.speaker === undefined ? 0 : nameOverhead);
  return { parts, overhead, total: parts.reduce((sum, tokens) => sum + tokens, overhead) };
}

/**
 * Counts the frame: system prompt and tools. Counts tools as their JSON text: providers rewrite schemas into a shorter form, so
 * this errs on the high side, never on the low.
 */
export function countFrame(
  frame: Frame,
  counter: TokenCounter,
): { readonly system: number; readonly tools: number; readonly overhead: number } {
  return {
    system: frame.system === undefined ? 0 : counter.count(readSystemText(frame.system)) + messageOverhead,
    tools: frame.tools === undefined ? 0 : counter.count(frame.tools),
    overhead: replyPriming,
  };
}

/**
 * Returns what a model reads of a system prompt's JSON text: a string, or the texts of a list of blocks (Anthropic), which
 * follow each other. Other JSON counts as it is.
 */
function readSystemText(json: string): string {
  const value: unknown = JSON.parse(json);
  if (typeof value === "string") return value;
  const blocks: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = blocks.map((block) => (isJsonObject(block) ? block["text"] : undefined));
  return texts.every((text) => typeof text === "string") ? texts.join("\n") : compactJson(json);
}

import type { Format, Frame, Message, Part } from "../conversation/message/message.ts";
import type { MessageTokens, TokenCounter } from "./counter.ts";
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
/** A file whose content is not text: a page of a PDF is about 1,500 to 3,000 tokens (Anthropic's PDF guide). */
const unknownFile = 3_000;
/** Opaque data (signatures, encrypted reasoning) represents reasoning that is billed: about three characters per token. */
const opaqueCharactersPerToken = 3;

function countPart(part: Part, format: Format, counter: TokenCounter): number {
  const opaque = part.opaque === undefined ? 0 : Math.ceil(part.opaque.length / opaqueCharactersPerToken);
  const text = part.text === "" ? 0 : counter.count(part.text);
  switch (part.kind) {
    case "image":
      return text + countImageTokens(part.image, format);
    case "file":
      return text === 0 ? unknownFile : text;
    case "tool-call":
      return opaque + callOverhead + counter.count(`${part.toolName ?? ""} ${part.arguments ?? part.text}`);
    case "tool-result":
      return (
        text +
        (part.image === undefined ? 0 : countImageTokens(part.image, format)) +
        (part.callId === undefined ? 0 : 2)
      );
    default:
      return text + opaque;
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
    system: frame.system === undefined ? 0 : counter.count(decode(frame.system)) + messageOverhead,
    tools: frame.tools === undefined ? 0 : counter.count(frame.tools),
    overhead: replyPriming,
  };
}

/** Returns the text of a JSON string; other JSON (system blocks) unchanged. */
function decode(json: string): string {
  if (!json.startsWith('"')) return json;
  const value: unknown = JSON.parse(json);
  return typeof value === "string" ? value : json;
}

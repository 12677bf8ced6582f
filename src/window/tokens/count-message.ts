import type { Format, Message, Part } from "../conversation/message/message.ts";
import type { MessageTokens, TokenCounter } from "./counter.ts";
import { countDataText } from "./count-data.ts";
import { countMediaTokens } from "./file-tokens.ts";
import { countImageTokens } from "./image-tokens.ts";
import { chooseOverhead } from "./message-overhead.ts";
import { countOpaque } from "./opaque-tokens.ts";

function countText(text: string, counter: TokenCounter): number {
  return text === "" ? 0 : counter.count(text);
}

function countPart(part: Part, format: Format, counter: TokenCounter): number {
  const around = chooseOverhead(counter.model, format);
  switch (part.kind) {
    case "image":
      return countText(part.text, counter) + countImageTokens(part.image, counter.model, format);
    case "file":
      return part.text === ""
        ? countMediaTokens(part.media, counter.model, format)
        : countText(part.text, counter);
    case "tool-call":
      return (
        around.call +
        countOpaque(part, counter.model, format) +
        counter.count(`${part.toolName ?? ""} ${part.arguments ?? part.text}`)
      );
    case "tool-result":
      return (
        countText(part.text, counter) +
        (part.image === undefined ? 0 : countImageTokens(part.image, counter.model, format)) +
        (part.callId === undefined ? 0 : around.result)
      );
    case "other":
      return (
        countOpaque(part, counter.model, format) +
        (part.text === "" ? 0 : countDataText(part.text, counter, format))
      );
    case "reasoning":
      return countReasoning(part, counter, format);
    default:
      return countOpaque(part, counter.model, format) + countText(part.text, counter);
  }
}

/** Counts reasoning once: the opaque form holds all of it, the text shows it or sums it up. The longer one counts. */
function countReasoning(part: Part, counter: TokenCounter, format: Format): number {
  return Math.max(countOpaque(part, counter.model, format), countText(part.text, counter));
}

/** Counts a message once: each part, and what the format adds around them. */
export function countMessage(message: Message, counter: TokenCounter): MessageTokens {
  const parts = message.parts.map((part) => countPart(part, message.format, counter));
  const around = chooseOverhead(counter.model, message.format);
  const overhead = around.message + (message.speaker === undefined ? 0 : around.name);
  return { parts, overhead, total: parts.reduce((sum, tokens) => sum + tokens, overhead) };
}

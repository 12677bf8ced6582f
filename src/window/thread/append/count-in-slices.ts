import type { Message } from "../../conversation/message/message.ts";
import { countMessage } from "../../tokens/count-message.ts";
import type { MessageTokens, TokenCounter } from "../../tokens/counter.ts";
import type { Slices } from "../state/slices.ts";

/** Texts up to this length are counted at once: a few milliseconds. */
const maxLengthAtOnce = 20_000;

/** Counts a message as `countMessage` does, with pauses inside long texts. */
export async function countInSlices(
  message: Message,
  counter: TokenCounter,
  slices: Slices,
): Promise<MessageTokens> {
  const { cut, id, exact, model } = counter;
  if (cut === undefined || message.json.length <= maxLengthAtOnce) return countMessage(message, counter);
  const counts = new Map<string, number>();
  const count = (text: string): number => {
    if (text.length <= maxLengthAtOnce) return counter.count(text);
    const held = counts.get(text);
    if (held === undefined) counts.set(text, 0);
    return held ?? 0;
  };
  const long = { id, exact, model, count };
  // The first pass finds the long texts, the second one counts with what they have.
  const first = countMessage(message, long);
  if (counts.size === 0) return first;
  for (const text of counts.keys()) {
    let total = 0;
    for (const piece of cut(text)) {
      total += counter.count(piece);
      await slices.next();
    }
    counts.set(text, total);
  }
  return countMessage(message, long);
}

import { isJsonObject, isSize } from "../../../shared/json/json-object.ts";
import type { Conversation, ReportedUsage } from "../../conversation/message/message.ts";

/** A call that Cline shows: when it began, and what it used. */
interface ShownCall {
  readonly time: number;
  readonly usage: ReportedUsage;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readCall(value: unknown): readonly ShownCall[] {
  if (!isJsonObject(value) || value["say"] !== "api_req_started") return [];
  const { ts, text } = value;
  const call = typeof text === "string" ? parse(text) : undefined;
  if (typeof ts !== "number" || !isJsonObject(call)) return [];
  const count = (name: string): number | undefined => {
    const found = call[name];
    return isSize(found) ? found : undefined;
  };
  const fresh = count("tokensIn");
  if (fresh === undefined) return [];
  // Cline counts cached tokens in addition to fresh ones.
  const inputTokens = fresh + (count("cacheReads") ?? 0) + (count("cacheWrites") ?? 0);
  return [
    {
      time: ts,
      usage: { inputTokens, outputTokens: count("tokensOut"), cachedInputTokens: count("cacheReads") },
    },
  ];
}

/**
 * Adds the usage that `ui_messages.json` shows to the answers of a task: each answer gets the newest call that began before it.
 * A file that cannot be parsed adds nothing.
 */
export function addClineUsage(conversation: Conversation, display: Uint8Array): Conversation {
  const shown = parse(new TextDecoder().decode(display));
  const calls = Array.isArray(shown) ? shown.flatMap(readCall).sort((a, b) => a.time - b.time) : [];
  let next = 0;
  const messages = conversation.messages.map((message) => {
    const { time } = message;
    if (message.role !== "assistant" || time === undefined || message.usage !== undefined) return message;
    let usage: ReportedUsage | undefined;
    for (let call = calls[next]; call !== undefined && call.time <= time; call = calls[next]) {
      ({ usage } = call);
      next++;
    }
    return usage === undefined ? message : { ...message, usage };
  });
  return { ...conversation, messages };
}

import type { ReportedUsage } from "../message/message.ts";
import { parseJson } from "../json/parse-json.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";

function readCount(holder: unknown, ...names: readonly string[]): number | undefined {
  if (!isJsonObject(holder)) return undefined;
  for (const name of names) {
    const value = holder[name];
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  }
  return undefined;
}

function sum(...counts: readonly (number | undefined)[]): number {
  return counts.reduce<number>((total, count) => total + (count ?? 0), 0);
}

function readUsageFields(usage: JsonObject): ReportedUsage | undefined {
  const written = readCount(usage, "cache_creation_input_tokens");
  const read = readCount(usage, "cache_read_input_tokens");
  const details =
    usage["prompt_tokens_details"] ?? usage["input_tokens_details"] ?? usage["inputTokenDetails"];
  const fresh = readCount(usage, "prompt_tokens", "input_tokens", "inputTokens", "promptTokens");
  // Anthropic reports cached tokens in addition to fresh ones; all others include them.
  const isBeside = read !== undefined || written !== undefined;
  const inputTokens = fresh === undefined ? undefined : isBeside ? sum(fresh, read, written) : fresh;
  const outputTokens = readCount(
    usage,
    "completion_tokens",
    "output_tokens",
    "outputTokens",
    "completionTokens",
  );
  const cachedInputTokens =
    read ??
    readCount(details, "cached_tokens", "cacheReadTokens") ??
    readCount(usage, "cachedInputTokens", "prompt_cache_hit_tokens");
  if (inputTokens === undefined && outputTokens === undefined && cachedInputTokens === undefined)
    return undefined;
  return { inputTokens, outputTokens, cachedInputTokens };
}

/**
 * Reads the usage that a message, a response or a stream event reports, in the field names of OpenAI, Anthropic and the AI SDK.
 * `inputTokens` is everything that was sent, cached or not (the sum of Anthropic's three counts). Undefined fields were not
 * reported; returns undefined if nothing was.
 * Errors: `invalid-json`.
 */
export function readUsage(json: string): ReportedUsage | undefined {
  if (!json.includes('sage"')) return undefined;
  const value = parseJson(json);
  if (!isJsonObject(value)) return undefined;
  // A stream event holds the response (OpenAI) or the message (Anthropic) that has the usage.
  for (const holder of [value, value["response"], value["message"]]) {
    if (!isJsonObject(holder)) continue;
    const usage = holder["usage"] ?? holder["totalUsage"];
    if (isJsonObject(usage)) return readUsageFields(usage);
  }
  return undefined;
}

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
  const written = readCount(usage, "cache_creation_input_tokens", "cacheWriteInputTokens");
  const read = readCount(usage, "cache_read_input_tokens", "cacheReadInputTokens");
  const details =
    usage["prompt_tokens_details"] ??
    usage["input_tokens_details"] ??
    usage["input_token_details"] ??
    usage["inputTokenDetails"];
  const fresh = readCount(
    usage,
    "prompt_tokens",
    "input_tokens",
    "inputTokens",
    "promptTokens",
    "promptTokenCount",
    "prompt_eval_count",
  );
  // Anthropic and Bedrock report cached tokens in addition to fresh ones; all others include them.
  const isBeside = read !== undefined || written !== undefined;
  const inputTokens = fresh === undefined ? undefined : isBeside ? sum(fresh, read, written) : fresh;
  const answer = readCount(
    usage,
    "completion_tokens",
    "output_tokens",
    "outputTokens",
    "completionTokens",
    "candidatesTokenCount",
    "eval_count",
  );
  // Gemini reports thoughts apart from the answer; all others include them.
  const thoughts = readCount(usage, "thoughtsTokenCount");
  const outputTokens = thoughts === undefined ? answer : sum(answer, thoughts);
  const cachedInputTokens =
    read ??
    readCount(details, "cached_tokens", "cacheReadTokens", "cache_read") ??
    readCount(usage, "cachedInputTokens", "prompt_cache_hit_tokens", "cachedContentTokenCount");
  if (inputTokens === undefined && outputTokens === undefined && cachedInputTokens === undefined)
    return undefined;
  return { inputTokens, outputTokens, cachedInputTokens };
}

/** Fields that hold the usage. */
const usageNames = ["usage", "totalUsage", "usageMetadata", "usage_metadata"] as const;
/** Most texts report none: they need not be parsed. */
const usageName = /sage(?:_?[Mm]etadata)?"|"prompt_eval_count"/;

/**
 * Reads the usage that a message, a response or a stream event reports, in the field names of OpenAI, Anthropic, Gemini, Bedrock,
 * Ollama, LangChain and the AI SDK. `inputTokens` is everything that was sent, cached or not (the sum of Anthropic's three counts). Undefined fields were not
 * reported; returns undefined if nothing was.
 * Errors: `invalid-json`.
 */
export function readUsage(json: string): ReportedUsage | undefined {
  if (!usageName.test(json)) return undefined;
  const value = parseJson(json);
  if (!isJsonObject(value)) return undefined;
  // A stream event holds the response (OpenAI) or the message (Anthropic) that has the usage.
  for (const holder of [value, value["response"], value["message"]]) {
    if (!isJsonObject(holder)) continue;
    const name = usageNames.find((key) => isJsonObject(holder[key]));
    const usage = name === undefined ? holder : (holder[name] as JsonObject);
    // Ollama's counts are fields of the answer itself.
    if (name !== undefined || "prompt_eval_count" in holder) return readUsageFields(usage);
  }
  return undefined;
}

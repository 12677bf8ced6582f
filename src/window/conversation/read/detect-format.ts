import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";
import type { Format } from "../message/message.ts";
import { formatSigns, knownFormats } from "../signs/format-signs.ts";
import { countFields, hasField, listObjects } from "../signs/sign.ts";
import type { SignStrength } from "../signs/sign.ts";

/** The format of a list of messages. */
export interface DetectedFormat {
  readonly format: Format;
  /** True if a sign in the messages or in the request settles the format; false if it is only the default for plain messages. */
  readonly settled: boolean;
  /** What it follows from: a certain sign of a message, the request's fields, likely signs, or nothing. */
  readonly by: "certain" | "request" | "likely" | "default";
}

/** The signs of a list: per format the index of the first certain one, and the number of messages with likely ones. */
export interface FormatVotes {
  readonly certain: ReadonlyMap<Format, number>;
  readonly likely: ReadonlyMap<Format, number>;
}

function readSign(
  format: Format,
  message: JsonObject,
  blocks: readonly JsonObject[],
): SignStrength | undefined {
  const signs = formatSigns[format];
  const own = signs.readMessageSign(message);
  if (own === "certain") return own;
  let found = own;
  for (const block of blocks) {
    const sign = signs.readBlockSign(block);
    if (sign === "certain") return sign;
    found ??= sign;
  }
  return found;
}

/** Drops the formats that another format of the set includes: their signs do not contradict it. */
function dropIncluded(votes: Map<Format, number>, extra?: Format): void {
  for (const format of [...votes.keys(), ...(extra === undefined ? [] : [extra])])
    for (const included of formatSigns[format].includes) {
      const index = votes.get(included);
      if (index === undefined) continue;
      votes.delete(included);
      votes.set(format, Math.min(votes.get(format) ?? index, index));
    }
}

/** Collects the signs of all formats in a list of messages. */
export function collectFormatVotes(messages: readonly unknown[], request?: JsonObject): FormatVotes {
  const certain = new Map<Format, number>();
  const likely = new Map<Format, number>();
  for (const [index, message] of messages.entries()) {
    if (!isJsonObject(message)) continue;
    const blocks = listObjects(message["content"]);
    for (const format of knownFormats) {
      // A format that is certain needs no more signs; the others may still contradict it.
      if (certain.has(format)) continue;
      const sign = readSign(format, message, blocks);
      if (sign === "certain") certain.set(format, index);
      if (sign === "likely") likely.set(format, (likely.get(format) ?? 0) + 1);
    }
  }
  dropIncluded(certain, request === undefined ? undefined : readRequestFormat(request));
  return { certain, likely };
}

/** Returns the format with the highest count; the first one of the table if several have it. */
function chooseHighest(counts: ReadonlyMap<Format, number>): Format | undefined {
  let best: Format | undefined;
  for (const [format, count] of counts)
    if (count > (best === undefined ? 0 : (counts.get(best) ?? 0))) best = format;
  return best;
}

function readRequestFormat(request: JsonObject): Format | undefined {
  return chooseHighest(
    new Map(knownFormats.map((format) => [format, formatSigns[format].countRequestSigns(request)])),
  );
}

/**
 * Returns the format of plain messages: Anthropic requires `max_tokens` and forbids a system message at the start, and a model's
 * name with a slash is a router's, which has OpenAI's format.
 */
function chooseDefault(messages: readonly unknown[], request: JsonObject | undefined): Format {
  const model = request?.["model"];
  const [first] = messages;
  const startsWithSystem =
    isJsonObject(first) && (first["role"] === "system" || first["role"] === "developer");
  const isClaude = typeof model === "string" && /^(?:[\w-]+\.)*claude/.test(model);
  return isClaude && hasField(request ?? {}, "max_tokens") && !startsWithSystem ? "anthropic" : "openai-chat";
}

/** Returns true for a message that has a role that some format has, and content. */
function looksLikeMessage(value: unknown): boolean {
  if (!isJsonObject(value) || value["content"] === undefined) return false;
  const { role } = value;
  return typeof role === "string" && knownFormats.some((format) => formatSigns[format].roles.has(role));
}

/**
 * Detects the format of a list of messages. `request` is the object around them: its own fields are signs as well. Certain signs
 * of the messages come first, then the request's fields, then likely signs. Plain messages have a default that is not settled.
 * Undefined if certain signs of two formats contradict each other, or if nothing is a message.
 */
export function detectListFormat(
  messages: readonly unknown[],
  request?: JsonObject,
): DetectedFormat | undefined {
  const { certain, likely } = collectFormatVotes(messages, request);
  const [only] = certain.keys();
  if (certain.size > 1) return undefined;
  if (only !== undefined) return { format: only, settled: true, by: "certain" };
  if (messages.length > 0 && likely.size === 0 && !messages.some(looksLikeMessage)) return undefined;
  const asked = request === undefined ? undefined : readRequestFormat(request);
  if (asked !== undefined) return { format: asked, settled: true, by: "request" };
  const guess = chooseHighest(likely);
  if (guess !== undefined) return { format: guess, settled: likely.size === 1, by: "likely" };
  return { format: chooseDefault(messages, request), settled: false, by: "default" };
}

/** Returns true for a value that has a sign of a format. */
export function hasFormatSign(value: JsonObject): boolean {
  const blocks = listObjects(value["content"]);
  return knownFormats.some((format) => readSign(format, value, blocks) !== undefined);
}

/** Keys under which requests of several formats hold their messages. */
const sharedListKeys = ["traj", "messages"];

/** Keys that may hold a single text in place of a list, and the fields next to which they are a request. */
const singleKeys = ["input", "contents"];
const singleSigns = [
  "model",
  "instructions",
  "previous_response_id",
  "tools",
  "stream",
  "config",
  "generationConfig",
  "systemInstruction",
];

/** Returns the key under which an object holds its messages: a list, or for some a single text or content. */
export function findListKey(value: JsonObject): string | undefined {
  const own = knownFormats.flatMap((format) => formatSigns[format].listKeys);
  const shared = sharedListKeys.find((key) => Array.isArray(value[key]));
  const found = own.find((key) => Array.isArray(value[key]));
  // A trajectory can also hold the last request's messages; a request with both `messages` and `input` is a chat.
  if (found === "history" || found === "trajectory") return found;
  if (shared !== undefined || found !== undefined) return shared ?? found;
  // A text alone is a request only next to what requests have: rows of data sets also have an `input`.
  const isSingle = singleKeys.find((key) => typeof value[key] === "string");
  if (isSingle !== undefined) {
    const isAlone = Object.keys(value).length === 1 || isJsonObject(value["text"]);
    return isAlone || countFields(value, singleSigns) > 0 ? isSingle : undefined;
  }
  return isJsonObject(value["contents"]) && Array.isArray(value["contents"]["parts"])
    ? "contents"
    : undefined;
}

/**
 * Detects the format of a parsed value: a request, a `.traj` object, a list of messages, or one message. A list of plain roles
 * and texts is `openai-chat`. Undefined if nothing indicates a format, or if messages of two formats are mixed.
 */
export function detectFormat(value: unknown): Format | undefined {
  if (Array.isArray(value)) return value.length === 0 ? undefined : detectListFormat(value)?.format;
  if (!isJsonObject(value)) return undefined;
  const key = findListKey(value);
  const messages = key === undefined ? [value] : value[key];
  const request = key === undefined ? undefined : value;
  return detectListFormat(Array.isArray(messages) ? messages : [], request)?.format;
}

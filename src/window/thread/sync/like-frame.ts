import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { Frame } from "../../conversation/message/message.ts";

/**
 * Returns true if two frames are of the same client in the same use: the same tool names, and the same system prompt but for dates and
 * numbers.
 */
export function isLikeFrame(a: Frame, b: Frame): boolean {
  return (
    listToolNames(a.tools).join("\n") === listToolNames(b.tools).join("\n") &&
    plain(a.system) === plain(b.system)
  );
}

const months =
  /\b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?|am|pm)\b/gi;

/** Returns a system prompt without what changes from call to call: dates, numbers, hexadecimal ids. */
function plain(system: string | undefined): string {
  return (system ?? "")
    .replace(/"cache_control":\{[^{}]*\},?/g, "")
    .replace(months, "")
    .replace(/\b[0-9a-f]*\d[0-9a-f-]*\b/gi, "")
    .replace(/[\s,:./-]+/g, " ");
}

function listToolNames(tools: string | undefined): readonly string[] {
  if (tools === undefined) return [];
  const value: unknown = JSON.parse(tools);
  if (isJsonObject(value)) return Object.keys(value).toSorted();
  if (!Array.isArray(value)) return [];
  return value
    .map((tool: unknown) => {
      if (!isJsonObject(tool)) return "";
      const inner = tool["function"];
      return String(tool["name"] ?? (isJsonObject(inner) ? inner["name"] : "") ?? tool["type"] ?? "");
    })
    .toSorted();
}

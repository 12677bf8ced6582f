import { isJsonObject } from "../../shared/json/json-object.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";
import { compactJson } from "../conversation/json/compact-json.ts";
import type { Frame } from "../conversation/message/message.ts";
import type { TokenCounter } from "./counter.ts";
import { readModelName } from "./model-name.ts";

/** Claude's text around an answer's schema: 126 to 137 in 12 reported counts (tests/models/anthropic, pydantic/pydantic-ai). */
const claudeFormatOverhead = 132;
/** OpenAI's text around an answer's schema: 1 or 2 in 6 reported counts (tests/models/openai of the same). */
const openAiFormatOverhead = 2;

function findSchema(
  format: JsonObject,
): { readonly description: string; readonly schema: unknown } | undefined {
  const holder = isJsonObject(format["json_schema"]) ? format["json_schema"] : format;
  const schema = holder["schema"];
  if (schema === undefined) return undefined;
  const description = holder["description"];
  return { description: typeof description === "string" ? description : "", schema };
}

/**
 * Counts the form of the answer. `text` and `json_object` add nothing; Gemini does not count its schema (reported counts of
 * tests/models, pydantic/pydantic-ai).
 */
export function countResponseFormat(frame: Frame, counter: TokenCounter): number {
  if (frame.responseFormat === undefined) return 0;
  const maker = readModelName(counter.model)?.maker;
  if (maker === "google") return 0;
  const value: unknown = JSON.parse(frame.responseFormat);
  if (!isJsonObject(value)) return 0;
  const found = findSchema(value);
  const isPlain =
    found === undefined &&
    typeof value["type"] === "string" &&
    ["text", "json_object"].includes(value["type"]);
  if (isPlain) return 0;
  if (maker === "anthropic") return claudeFormatOverhead + counter.count(compactJson(frame.responseFormat));
  if (found === undefined) return counter.count(compactJson(frame.responseFormat));
  const description = found.description === "" ? "" : `// ${found.description}\n`;
  return openAiFormatOverhead + counter.count(description + JSON.stringify(found.schema, dropClosed));
}

/** Leaves out what OpenAI does not show: that an object has no further properties. */
function dropClosed(key: string, value: unknown): unknown {
  return key === "additionalProperties" && typeof value === "boolean" ? undefined : value;
}

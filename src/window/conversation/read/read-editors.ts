import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";
import type { Fields } from "../json/fields.ts";

/** Fields by which a request lets its provider edit the context: Anthropic, OpenAI, OpenRouter, Gemini Live. */
const editorNames: ReadonlySet<string> = new Set([
  "context_management",
  "contextManagement",
  "truncation",
  "transforms",
  "contextWindowCompression",
  "context_window_compression",
]);

/** Objects that hold such fields: SDKs and Bedrock. */
const holderNames: ReadonlySet<string> = new Set([
  "config",
  "extra_body",
  "providerOptions",
  "providerData",
  "modelSettings",
  "model_settings",
  "additionalModelRequestFields",
]);
/** The AI SDK keeps the fields of each provider in an object of its own. */
const maxDepth = 3;

/** Reads a request's settings for editors on the provider's side, as the JSON text of `{field: value}`; undefined without any. */
export function readEditors(fields: Fields): string | undefined {
  const found: Record<string, unknown> = {};
  for (const [name, { value }] of fields) {
    if (editorNames.has(name) && value !== null) found[name] = value;
    else if (holderNames.has(name) && isJsonObject(value)) collectEditors(value, found, 1);
  }
  return Object.keys(found).length === 0 ? undefined : JSON.stringify(found);
}

function collectEditors(holder: JsonObject, found: Record<string, unknown>, depth: number): void {
  for (const [name, value] of Object.entries(holder)) {
    if (editorNames.has(name) && value !== null) found[name] = value;
    else if (depth < maxDepth && isJsonObject(value)) collectEditors(value, found, depth + 1);
  }
}

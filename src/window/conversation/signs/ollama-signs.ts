import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";
import { countFields, listObjects } from "./sign.ts";
import type { FormatSigns } from "./sign.ts";

const requestFields = ["keep_alive", "options", "think", "num_ctx", "done_reason"];

/** Returns true for a call as Ollama writes it: arguments in an object, no id. */
function isCall(call: JsonObject): boolean {
  const inner = call["function"];
  return call["id"] === undefined && isJsonObject(inner) && isJsonObject(inner["arguments"]);
}

function isPictures(images: unknown): boolean {
  return Array.isArray(images) && images.length > 0 && images.every((image) => typeof image === "string");
}

/** Ollama's chat API: like OpenAI's chat completions, with pictures apart from the text and calls without ids. */
export const ollamaSigns: FormatSigns = {
  roles: new Set(["system", "user", "assistant", "tool"]),
  itemTypes: new Set(),
  blockTypes: new Set(),
  listKeys: [],
  includes: ["openai-chat"],
  readMessageSign: (message) => {
    const { role, tool_name: tool, thinking, images, tool_calls: calls } = message;
    if (typeof role !== "string") return undefined;
    if (typeof tool === "string" && role === "tool") return "certain";
    if (isPictures(images) || listObjects(calls).some(isCall)) return "certain";
    return typeof thinking === "string" ? "likely" : undefined;
  },
  readBlockSign: () => undefined,
  countRequestSigns: (request) => countFields(request, requestFields),
};

import type { JsonObject } from "../../../shared/json/json-object.ts";
import { countFields, hasField, listObjects } from "./sign.ts";
import type { FormatSigns } from "./sign.ts";

/** Members that only a part of Gemini's contents has. The parts of AI SDK UI messages have a type instead. */
const members = ["text", "functionCall", "functionResponse", "inlineData", "fileData", "thoughtSignature"];
const snakeMembers = ["function_call", "function_response", "inline_data", "file_data"];

function isPart(part: JsonObject): boolean {
  return part["type"] === undefined && countFields(part, [...members, ...snakeMembers]) > 0;
}

const requestFields = [
  "contents",
  "systemInstruction",
  "system_instruction",
  "generationConfig",
  "generation_config",
  "safetySettings",
];

/** Contents of Gemini's API: a role and parts without types; its model has the role `model`. */
export const geminiSigns: FormatSigns = {
  roles: new Set(["user", "model", "function"]),
  itemTypes: new Set(),
  blockTypes: new Set(),
  listKeys: ["contents"],
  includes: [],
  readMessageSign: (message) => {
    if (!Array.isArray(message["parts"])) return undefined;
    return message["role"] === "model" || listObjects(message["parts"]).some(isPart) ? "certain" : undefined;
  },
  readBlockSign: () => undefined,
  countRequestSigns: (request) =>
    countFields(request, requestFields) + (hasField(request, "contents") ? 1 : 0),
};

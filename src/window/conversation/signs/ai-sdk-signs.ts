import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";
import { countFields, hasField } from "./sign.ts";
import type { FormatSigns, SignStrength } from "./sign.ts";

const ownBlocks = new Set([
  "tool-call",
  "tool-result",
  "tool-approval-request",
  "tool-approval-response",
  "reasoning-file",
  "redacted-reasoning",
]);

const requestFields = ["maxOutputTokens", "toolChoice", "activeTools", "stopWhen", "maxSteps", "prepareStep"];

function readBlockSign(block: JsonObject): SignStrength | undefined {
  const type = block["type"];
  if (typeof type !== "string") return undefined;
  if (ownBlocks.has(type)) return "certain";
  if (type === "reasoning") return typeof block["text"] === "string" ? "certain" : undefined;
  if (type === "image") return hasField(block, "image") ? "certain" : undefined;
  if (type !== "file" || isJsonObject(block["file"])) return undefined;
  return hasField(block, "mediaType") || hasField(block, "mimeType") ? "certain" : undefined;
}

/** Model messages of the AI SDK, versions 4 to 7. */
export const aiSdkSigns: FormatSigns = {
  roles: new Set(["system", "user", "assistant", "tool"]),
  itemTypes: new Set(),
  blockTypes: new Set(["text", ...ownBlocks, "reasoning", "image", "file", "custom"]),
  listKeys: [],
  includes: [],
  readMessageSign: () => undefined,
  readBlockSign,
  countRequestSigns: (request) =>
    countFields(request, requestFields) + (isJsonObject(request["tools"]) ? 2 : 0),
};

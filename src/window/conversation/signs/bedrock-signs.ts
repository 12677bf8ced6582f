import type { JsonObject } from "../../../shared/json/json-object.ts";
import { countFields, hasField, listObjects } from "./sign.ts";
import type { FormatSigns } from "./sign.ts";

/** Members that only a block of Bedrock's Converse API has. Its blocks have no type. */
const members = [
  "toolUse",
  "toolResult",
  "reasoningContent",
  "cachePoint",
  "guardContent",
  "citationsContent",
];

const requestFields = [
  "toolConfig",
  "inferenceConfig",
  "guardrailConfig",
  "additionalModelRequestFields",
  "performanceConfig",
];

function isBlock(block: JsonObject): boolean {
  if (hasField(block, "type")) return false;
  return countFields(block, members) > 0 || (hasField(block, "text") && Object.keys(block).length === 1);
}

/** Messages of Amazon Bedrock's Converse API: lists of blocks without types. */
export const bedrockSigns: FormatSigns = {
  roles: new Set(["user", "assistant"]),
  itemTypes: new Set(),
  blockTypes: new Set(),
  listKeys: [],
  includes: [],
  readMessageSign: () => undefined,
  readBlockSign: (block) => (isBlock(block) ? "certain" : undefined),
  countRequestSigns: (request) =>
    countFields(request, requestFields) + (listObjects(request["system"]).some(isBlock) ? 2 : 0),
};

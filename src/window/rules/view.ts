import { isJsonObject } from "../../shared/json/json-object.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";
import type { RuleBlock, RuleBlockKind, RuleMessage } from "./rule.ts";

/** Returns a field's value if it is a string. */
export function readText(value: JsonObject, key: string): string | undefined {
  const found = value[key];
  return typeof found === "string" ? found : undefined;
}

/** Returns the objects of a list; none for anything else. */
export function readObjects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** Makes a block. */
export function makeBlock(kind: RuleBlockKind, value: JsonObject, id?: string, text = ""): RuleBlock {
  return { kind, id, text, value };
}

/** Makes a text block of a content that is a string. An empty one gives none. */
export function readStringContent(value: JsonObject): readonly RuleBlock[] {
  const text = readText(value, "content");
  return text === undefined || text === "" ? [] : [makeBlock("text", value, undefined, text)];
}

const roles = ["system", "user", "assistant", "tool"] as const;

/** Returns the role that a word names; `developer` is the system's, anything unknown the user's. */
export function readRuleRole(word: unknown): RuleMessage["role"] {
  if (word === "developer") return "system";
  if (word === "function") return "tool";
  return roles.find((role) => role === word) ?? "user";
}

/** Makes a message of its blocks. */
export function makeRuleMessage(
  value: JsonObject,
  role: RuleMessage["role"],
  blocks: readonly RuleBlock[],
): RuleMessage {
  const content = value["content"];
  return { role, blocks, isEmptyList: Array.isArray(content) && content.length === 0, value };
}

/** Returns a value as an object, so that a rule never has to ask. */
export function asObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

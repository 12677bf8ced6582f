import { isJsonObject } from "../../../shared/json/json-object.ts";
import { readFields, readItems, sliceText } from "./fields.ts";
import type { JsonDocument } from "./json-documents.ts";

/**
 * A value with its exact JSON text. A converter that copies texts keeps what JavaScript cannot represent: 64-bit integers, 1e400,
 * the order of keys.
 */
export interface JsonNode {
  readonly value: unknown;
  readonly json: string;
}

/** Members of an object by key. */
export type JsonMembers = ReadonlyMap<string, JsonNode>;

/** Returns the node of a document. */
export function nodeOf(document: JsonDocument): JsonNode {
  return { value: document.value, json: document.json };
}

/** Makes a node of a value that JSON can represent exactly: a text, a boolean. */
export function makeNode(value: string | boolean): JsonNode {
  return { value, json: JSON.stringify(value) };
}

/** Returns the members of an object; none for any other value. Of a duplicate key the last one counts. */
export function readMembers(node: JsonNode | undefined): JsonMembers {
  if (node === undefined || !isJsonObject(node.value)) return new Map();
  const members = new Map<string, JsonNode>();
  for (const [key, field] of readFields(node.json, 0, node.value))
    members.set(key, { value: field.value, json: sliceText(node.json, field.range) });
  return members;
}

/** Returns a member that is not null, by its path of keys. */
export function findMember(node: JsonNode | undefined, ...path: readonly string[]): JsonNode | undefined {
  let found = node;
  for (const key of path) found = readMembers(found).get(key);
  return found?.value === null ? undefined : found;
}

/** Returns the elements of a list; none for any other value. */
export function readElements(node: JsonNode | undefined): readonly JsonNode[] {
  if (node === undefined || !Array.isArray(node.value)) return [];
  return readItems(node.json, 0, node.value).map((item) => ({
    value: item.value,
    json: sliceText(node.json, item.range),
  }));
}

/** Returns a node's value if it is a text. */
export function readText(node: JsonNode | undefined): string | undefined {
  return typeof node?.value === "string" ? node.value : undefined;
}

/** What `writeObject` accepts as a member: a node, or a text that becomes a JSON string. Undefined members are left out. */
export type MemberValue = JsonNode | string | undefined;

/** Writes an object of the given members, in their order; those that are undefined are left out. */
export function writeObject(members: Readonly<Record<string, MemberValue>>): JsonNode {
  const texts: string[] = [];
  for (const [key, member] of Object.entries(members)) {
    if (member === undefined) continue;
    texts.push(`${JSON.stringify(key)}:${typeof member === "string" ? JSON.stringify(member) : member.json}`);
  }
  const json = `{${texts.join(",")}}`;
  return { json, value: JSON.parse(json) as unknown };
}

/** Writes a list of nodes. */
export function writeList(nodes: readonly JsonNode[]): JsonNode {
  return { json: `[${nodes.map((node) => node.json).join(",")}]`, value: nodes.map((node) => node.value) };
}

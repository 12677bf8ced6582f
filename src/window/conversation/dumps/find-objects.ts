import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";
import type { JsonDocument } from "../json/json-documents.ts";
import { findMember, nodeOf, readElements } from "../json/json-node.ts";
import type { JsonNode } from "../json/json-node.ts";

/** An object of a dump that holds a conversation, with the line it starts on if the file is JSON lines. */
export interface DumpObject {
  readonly node: JsonNode;
  readonly line: number | undefined;
}

function isEach(values: readonly unknown[], test: (value: JsonObject) => boolean): boolean {
  return values.length > 0 && values.every((value) => isJsonObject(value) && test(value));
}

/** Returns the list of conversations that an export wraps with the account; other documents stay. */
function unwrapList(documents: readonly JsonDocument[]): readonly JsonDocument[] {
  const [only] = documents;
  if (only === undefined || documents.length > 1 || !isJsonObject(only.value)) return documents;
  const [first] = Array.isArray(only.value["conversations"])
    ? (only.value["conversations"] as unknown[])
    : [];
  if (!isJsonObject(first) || !("mapping" in first || "chat_messages" in first)) return documents;
  const list = findMember(nodeOf(only), "conversations");
  return list === undefined ? documents : [{ ...only, json: list.json, value: list.value }];
}

/** Returns true if a file holds only such objects: one, a list of them (also within `conversations`), or one per line. */
export function holdsOnly(given: readonly JsonDocument[], test: (value: JsonObject) => boolean): boolean {
  const documents = unwrapList(given);
  const [first] = documents;
  if (documents.length === 1 && Array.isArray(first?.value))
    return isEach(first.value as readonly unknown[], test);
  return isEach(
    documents.map((document) => document.value),
    test,
  );
}

/** Returns the objects of a file that `holdsOnly` accepts. */
export function listDumpObjects(documents: readonly JsonDocument[]): readonly DumpObject[] {
  return unwrapList(documents).flatMap((document) => {
    const node = nodeOf(document);
    const nodes = Array.isArray(node.value) ? readElements(node) : [node];
    return nodes.map((each) => ({ node: each, line: document.line }));
  });
}

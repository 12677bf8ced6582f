import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonDocument } from "../json/json-documents.ts";
import { findMember, nodeOf, readElements } from "../json/json-node.ts";
import type { JsonNode } from "../json/json-node.ts";

/** Where LangGraph keeps the values of a state: a thread's state, a checkpoint, a stored checkpoint. */
const valuePaths = [["values"], ["channel_values"], ["checkpoint", "channel_values"]] as const;

function findValues(node: JsonNode): JsonNode | undefined {
  if (!isJsonObject(node.value)) return undefined;
  // Members are read only where the keys exist: most inputs are something else.
  const { value } = node;
  const path = valuePaths.find(([first]) => isJsonObject(value[first]));
  const found = path === undefined ? undefined : findMember(node, ...path);
  return isJsonObject(found?.value) && Array.isArray(found.value["messages"]) ? found : undefined;
}

/** Returns the newest state of a thread's history, which lists it first. Undefined if the list holds anything else. */
function findNewest(node: JsonNode): JsonNode | undefined {
  if (!Array.isArray(node.value)) return undefined;
  const [first] = node.value as readonly unknown[];
  if (!isJsonObject(first) || !valuePaths.some(([key]) => key in first)) return undefined;
  const states = readElements(node);
  return states.every((state) => findValues(state) !== undefined) ? states[0] : undefined;
}

/** Replaces a state of LangGraph, or a history of states, by the values that hold its messages. Other inputs stay. */
export function unwrapState(documents: readonly JsonDocument[]): readonly JsonDocument[] {
  const [only, ...others] = documents;
  if (only === undefined || others.length > 0) return documents;
  const node = nodeOf(only);
  const values = findValues(findNewest(node) ?? node);
  return values === undefined ? documents : [{ ...only, json: values.json, value: values.value }];
}

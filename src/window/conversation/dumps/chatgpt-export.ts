import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";
import { readTime } from "../formats/message-time.ts";
import { findMember, readMembers, readText } from "../json/json-node.ts";
import type { JsonMembers, JsonNode } from "../json/json-node.ts";
import { convertChatGptMessage } from "./chatgpt-message.ts";
import { holdsOnly, listDumpObjects } from "./find-objects.ts";
import { makeConverted, noFrame } from "./raw-conversation.ts";
import type { DumpReader, RawConversation, RawSource } from "./raw-conversation.ts";

const title = "ChatGPT export";

function isConversation(value: JsonObject): boolean {
  const { mapping } = value;
  if (!isJsonObject(mapping)) return false;
  return Object.values(mapping).every(
    (node) => isJsonObject(node) && ("message" in node || "children" in node),
  );
}

/** Returns the id of the newest leaf below the root: files without `current_node` show the last child of each node. */
function findNewestLeaf(mapping: JsonObject): string | undefined {
  const isRoot = (node: unknown): boolean =>
    isJsonObject(node) && (typeof node["parent"] !== "string" || mapping[node["parent"]] === undefined);
  let id = Object.keys(mapping).find((key) => isRoot(mapping[key]));
  const seen = new Set<string>();
  while (id !== undefined && !seen.has(id)) {
    seen.add(id);
    const node: unknown = mapping[id];
    const children: readonly unknown[] =
      isJsonObject(node) && Array.isArray(node["children"]) ? (node["children"] as readonly unknown[]) : [];
    const next = children.at(-1);
    if (typeof next !== "string" || mapping[next] === undefined) return id;
    id = next;
  }
  return id;
}

/** Returns the ids of the current branch, root first. */
function listBranch(value: JsonObject): readonly string[] {
  const mapping = isJsonObject(value["mapping"]) ? value["mapping"] : {};
  const current = value["current_node"];
  const leaf = typeof current === "string" && current in mapping ? current : findNewestLeaf(mapping);
  const branch: string[] = [];
  const seen = new Set<string>();
  // A file edited by hand can hold a ring.
  for (let id = leaf; id !== undefined && !seen.has(id);) {
    seen.add(id);
    branch.push(id);
    const node: unknown = mapping[id];
    const parent: unknown = isJsonObject(node) ? node["parent"] : undefined;
    id = typeof parent === "string" && Object.hasOwn(mapping, parent) ? parent : undefined;
  }
  return branch.toReversed();
}

function readSource(nodes: JsonMembers, id: string): readonly RawSource[] {
  const message = findMember(nodes.get(id), "message");
  if (message === undefined) return [];
  const converted = convertChatGptMessage(message);
  const time = readTime(findMember(message, "create_time")?.value);
  return converted === undefined ? [] : [makeConverted(converted, `message ${id}`, { time })];
}

function readModel(
  conversation: JsonNode,
  nodes: JsonMembers,
  branch: readonly string[],
): string | undefined {
  for (const id of branch.toReversed()) {
    const slug = readText(findMember(nodes.get(id), "message", "metadata", "model_slug"));
    if (slug !== undefined) return slug;
  }
  return readText(findMember(conversation, "default_model_slug"));
}

function convertConversation(node: JsonNode): RawConversation {
  const nodes = readMembers(findMember(node, "mapping"));
  const branch = isJsonObject(node.value) ? listBranch(node.value) : [];
  return {
    frame: noFrame,
    model: readModel(node, nodes, branch),
    request: undefined,
    sources: branch.flatMap((id) => readSource(nodes, id)),
    format: "openai-chat",
    converted: title,
  };
}

/** ChatGPT's data export: trees of messages, of which the current branch is read. Converted to OpenAI's chat. */
export const chatGptExport: DumpReader = {
  title,
  recognizes: (documents) => holdsOnly(documents, isConversation),
  read: (documents) => listDumpObjects(documents).map(({ node }) => convertConversation(node)),
};

import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";
import { readTime } from "../formats/message-time.ts";
import {
  findMember,
  readElements,
  readMembers,
  readText,
  writeList,
  writeObject,
} from "../json/json-node.ts";
import type { JsonNode } from "../json/json-node.ts";
import { holdsOnly, listDumpObjects } from "./find-objects.ts";
import { makeConverted, noFrame, placeInDump } from "./raw-conversation.ts";
import type { DumpReader, RawConversation, RawSource } from "./raw-conversation.ts";

const title = "Claude.ai export";

const roles: Readonly<Record<string, string>> = { human: "user", user: "user", assistant: "assistant" };

/** Fields of a block that go back to the provider; the others are the product's own. */
const blockFields: Readonly<Record<string, readonly string[]>> = {
  text: ["text"],
  thinking: ["thinking", "signature"],
  redacted_thinking: ["data"],
  tool_use: ["id", "name", "input"],
  tool_result: ["tool_use_id", "content", "is_error"],
};

/** Blocks of the product that no model reads. */
const bookkeeping = new Set(["token_budget", "flag", "voice_note"]);

function isMessage(value: unknown): boolean {
  return (
    isJsonObject(value) && typeof value["sender"] === "string" && ("text" in value || "content" in value)
  );
}

function isConversation(value: JsonObject): boolean {
  const messages = value["chat_messages"];
  return Array.isArray(messages) && (messages as readonly unknown[]).every(isMessage);
}

function convertBlock(block: JsonNode): readonly JsonNode[] {
  const members = readMembers(block);
  const type = readText(members.get("type")) ?? "";
  if (bookkeeping.has(type)) return [];
  const names = Object.hasOwn(blockFields, type) ? (blockFields[type] ?? []) : undefined;
  if (names === undefined) return [block];
  const kept: Record<string, JsonNode> = {};
  for (const name of ["type", ...names]) {
    const member = members.get(name);
    if (member !== undefined && member.value !== null) kept[name] = member;
  }
  // Without its text a block says nothing, and providers refuse it.
  return type === "text" && kept["text"]?.value === "" ? [] : [writeObject(kept)];
}

/** Converts an attached file to a document with the text that Claude.ai extracted from it. */
function convertAttachment(attachment: JsonNode): readonly JsonNode[] {
  const data = findMember(attachment, "extracted_content");
  if (readText(data) === undefined || data?.value === "") return [];
  const source = writeObject({ type: "text", media_type: "text/plain", data });
  return [writeObject({ type: "document", source, title: findMember(attachment, "file_name") })];
}

function listBlocks(message: JsonNode): readonly JsonNode[] {
  const members = readMembers(message);
  const own = readElements(members.get("content")).flatMap(convertBlock);
  const text = members.get("text");
  const blocks = own.length === 0 && readText(text) !== "" ? [writeObject({ type: "text", text })] : own;
  return [...readElements(members.get("attachments")).flatMap(convertAttachment), ...blocks];
}

function isResult(block: JsonNode): boolean {
  return readText(findMember(block, "type")) === "tool_result";
}

/** Splits an answer where the results of its tools came back: the provider's own messages have them in a user message. */
function splitAtResults(role: string, blocks: readonly JsonNode[]): readonly JsonNode[] {
  const messages: { role: string; blocks: JsonNode[] }[] = [];
  for (const block of blocks) {
    const speaker = isResult(block) ? "user" : role;
    const last = messages.at(-1);
    if (last?.role === speaker) last.blocks.push(block);
    else messages.push({ role: speaker, blocks: [block] });
  }
  return messages.map((message) => writeObject({ role: message.role, content: writeList(message.blocks) }));
}

/** Returns the messages of the current branch: an edited message leaves its old branch in the file. */
function listBranch(conversation: JsonNode): readonly JsonNode[] {
  const messages = readElements(findMember(conversation, "chat_messages"));
  const ids = new Map(messages.map((message, index) => [readText(findMember(message, "uuid")), index]));
  const leaf = readText(findMember(conversation, "current_leaf_message_uuid"));
  const parentOf = (message: JsonNode): number | undefined =>
    ids.get(readText(findMember(message, "parent_message_uuid")) ?? "");
  // Older exports have no parents: their messages are one branch.
  if (!messages.some((message) => parentOf(message) !== undefined)) return messages;
  const branch: number[] = [];
  let at = leaf === undefined ? messages.length - 1 : (ids.get(leaf) ?? messages.length - 1);
  for (const seen = new Set<number>(); !seen.has(at);) {
    seen.add(at);
    branch.push(at);
    const message = messages[at];
    at = (message === undefined ? undefined : parentOf(message)) ?? at;
  }
  return branch.toReversed().flatMap((index) => messages[index] ?? []);
}

function convertMessage(message: JsonNode, place: string): readonly RawSource[] {
  const sender = readText(findMember(message, "sender")) ?? "";
  const role = Object.hasOwn(roles, sender) ? (roles[sender] ?? sender) : sender;
  const time = readTime(findMember(message, "created_at")?.value);
  return splitAtResults(role, listBlocks(message)).map((node) => makeConverted(node, place, { time }));
}

function convertConversation(node: JsonNode, line: number | undefined): RawConversation {
  return {
    frame: noFrame,
    model: readText(findMember(node, "model")),
    request: undefined,
    sources: listBranch(node).flatMap((message, index) => convertMessage(message, placeInDump(index, line))),
    format: "anthropic",
    converted: title,
  };
}

/** Claude.ai's data export: conversations with `chat_messages`, of which the current branch is read. Converted to Anthropic's messages. */
export const claudeExport: DumpReader = {
  title,
  recognizes: (documents) => holdsOnly(documents, isConversation),
  read: (documents) => listDumpObjects(documents).map(({ node, line }) => convertConversation(node, line)),
};

import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";
import { readTime } from "../formats/message-time.ts";
import type { JsonDocument } from "../json/json-documents.ts";
import {
  findMember,
  nodeOf,
  readElements,
  readMembers,
  readText,
  writeList,
  writeObject,
} from "../json/json-node.ts";
import type { JsonMembers, JsonNode } from "../json/json-node.ts";
import {
  convertAttachment,
  convertContentPart,
  convertInvocation,
  convertToolPart,
  isToolPart,
} from "./ai-sdk-ui-parts.ts";
import { makeConverted, noFrame, placeInDump } from "./raw-conversation.ts";
import type { DumpReader, RawConversation, RawSource } from "./raw-conversation.ts";

const title = "AI SDK UI messages";

function hasParts(value: JsonObject): boolean {
  const { parts } = value;
  if (!Array.isArray(parts)) return Array.isArray(value["toolInvocations"]);
  return (parts as readonly unknown[]).every(
    (part) => isJsonObject(part) && typeof part["type"] === "string",
  );
}

/** Returns true for a list of UI messages: each has a role, and at least one has parts with types. */
function isUiList(values: unknown): values is readonly unknown[] {
  if (!Array.isArray(values)) return false;
  const messages = values as readonly unknown[];
  const isEach = messages.every(
    (value) =>
      isJsonObject(value) &&
      typeof value["role"] === "string" &&
      (hasParts(value) || (value["parts"] === undefined && typeof value["content"] === "string")),
  );
  return isEach && messages.some((value) => isJsonObject(value) && hasParts(value));
}

/** One message of the conversation in work: what its parts gave, step by step. */
class StepWriter {
  readonly #messages: JsonNode[] = [];
  #assistant: JsonNode[] = [];
  #tool: JsonNode[] = [];

  add(assistant: readonly JsonNode[], tool: readonly JsonNode[] = []): void {
    this.#assistant.push(...assistant);
    this.#tool.push(...tool);
  }

  /** Ends a step: the assistant's message, then the results of the tools that it called. */
  end(): void {
    if (this.#assistant.length > 0)
      this.#messages.push(writeObject({ role: "assistant", content: writeList(this.#assistant) }));
    if (this.#tool.length > 0)
      this.#messages.push(writeObject({ role: "tool", content: writeList(this.#tool) }));
    this.#assistant = [];
    this.#tool = [];
  }

  get messages(): readonly JsonNode[] {
    return this.#messages;
  }
}

function convertAssistant(members: JsonMembers): readonly JsonNode[] {
  const writer = new StepWriter();
  let step = 0;
  let hasInvocations = false;
  const end = (): void => {
    writer.end();
    hasInvocations = false;
  };
  for (const part of readElements(members.get("parts"))) {
    const type = readText(findMember(part, "type")) ?? "";
    if (type === "step-start") end();
    else if (type === "tool-invocation") {
      const invocation = findMember(part, "toolInvocation");
      const own = findMember(invocation, "step")?.value;
      if (typeof own === "number" && own !== step) {
        if (hasInvocations) end();
        step = own;
      }
      const { assistant, tool } = convertInvocation(invocation);
      writer.add(assistant, tool);
      hasInvocations = true;
    } else if (isToolPart(type)) {
      const { assistant, tool } = convertToolPart(part);
      writer.add(assistant, tool);
    } else {
      // In version 4 a text after tools is the answer to their results.
      if (type === "text" && hasInvocations) end();
      writer.add(convertContentPart(part));
    }
  }
  end();
  return writer.messages;
}

/** Converts an assistant's message of version 4 that has no parts: tools first, then the text that answers them. */
function convertOldAssistant(members: JsonMembers): readonly JsonNode[] {
  const writer = new StepWriter();
  let step: unknown;
  for (const invocation of readElements(members.get("toolInvocations"))) {
    const own = findMember(invocation, "step")?.value;
    if (own !== step) writer.end();
    step = own;
    const { assistant, tool } = convertInvocation(invocation);
    writer.add(assistant, tool);
  }
  writer.end();
  const content = members.get("content");
  const text = content?.value === "" ? undefined : content;
  if (text === undefined && writer.messages.length > 0) return writer.messages;
  return [...writer.messages, writeObject({ role: "assistant", content: content ?? "" })];
}

function convertUser(members: JsonMembers): readonly JsonNode[] {
  const parts = members.has("parts")
    ? readElements(members.get("parts")).flatMap(convertContentPart)
    : [writeObject({ type: "text", text: members.get("content") ?? "" })];
  const files = [
    ...readElements(members.get("experimental_attachments")),
    ...readElements(members.get("attachments")),
  ].flatMap(convertAttachment);
  return [writeObject({ role: "user", content: writeList([...parts, ...files]) })];
}

function convertSystem(members: JsonMembers): readonly JsonNode[] {
  const texts = readElements(members.get("parts")).flatMap((part) => {
    const text = readText(findMember(part, "text"));
    return text === undefined ? [] : [text];
  });
  const content = members.has("parts") ? texts.join("") : (members.get("content") ?? "");
  return [writeObject({ role: "system", content })];
}

/** Converts one UI message to the model messages that `convertToModelMessages` makes of it. */
function convertMessage(node: JsonNode): readonly JsonNode[] {
  const members = readMembers(node);
  switch (readText(members.get("role"))) {
    case "system":
      return convertSystem(members);
    case "user":
      return convertUser(members);
    case "assistant":
      return members.has("parts") ? convertAssistant(members) : convertOldAssistant(members);
    default:
      // Version 4 has messages with the role "data", which no model gets. A role that does not exist is for the reader to refuse.
      return readText(members.get("role")) === "data" ? [] : [node];
  }
}

function convertList(list: JsonNode, model: string | undefined, line: number | undefined): RawConversation {
  const sources = readElements(list).flatMap((node, index): readonly RawSource[] => {
    const time = readTime(
      findMember(node, "createdAt")?.value ?? findMember(node, "metadata", "createdAt")?.value,
    );
    return convertMessage(node).map((message) => makeConverted(message, placeInDump(index, line), { time }));
  });
  return { frame: noFrame, model, request: undefined, sources, format: "ai-sdk", converted: title };
}

/** Returns the lists of UI messages of a document: its own, that of a chat, or those of a list of chats. */
function findLists({ value, json }: JsonNode): readonly JsonNode[] {
  if (isUiList(value)) return value.length === 0 ? [] : [{ value, json }];
  if (isJsonObject(value))
    return isUiList(value["messages"])
      ? [findMember({ value, json }, "messages")].flatMap((list) => list ?? [])
      : [];
  const chats = Array.isArray(value) ? (value as readonly unknown[]) : [];
  const isChats = chats.length > 0 && chats.every((chat) => isJsonObject(chat) && isUiList(chat["messages"]));
  return isChats ? readElements({ value, json }).flatMap(findLists) : [];
}

/** Joins messages that are on lines of their own to one list. */
function joinLines(documents: readonly JsonDocument[]): readonly JsonNode[] {
  const nodes = documents.map(nodeOf);
  return documents.length > 1 && isUiList(nodes.map((node) => node.value)) ? [writeList(nodes)] : nodes;
}

/** Messages of the AI SDK's user interface, versions 4 to 7, converted to its model messages. */
export const aiSdkUi: DumpReader = {
  title,
  recognizes: (documents) => {
    const nodes = joinLines(documents);
    return nodes.length > 0 && nodes.every((node) => findLists(node).length > 0);
  },
  read: (documents) =>
    joinLines(documents).flatMap((node) =>
      findLists(node).map((list) => convertList(list, readText(findMember(node, "model")), undefined)),
    ),
};

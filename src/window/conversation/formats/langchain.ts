import { compactJson } from "../json/compact-json.ts";
import { readBlocks, readContentParts, readResultParts } from "./content-parts.ts";
import type { Block } from "./content-parts.ts";
import { readFields, readString, sliceText } from "../json/fields.ts";
import type { Field, Fields } from "../json/fields.ts";
import { makePart } from "../message/make-part.ts";
import type { Message, Part, Role } from "../message/message.ts";
import { makeMessage, readMessageFields, refuseMessage, parseSource } from "./message-source.ts";
import type { MessageSource } from "./message-source.ts";
import { readChatCalls } from "./openai-chat.ts";
import { readOtherFields } from "./other-fields.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";
import { ownValue } from "../../../shared/own-value.ts";

/** Types of messages, and the roles that LangChain accepts in their place. */
const roles: Readonly<Record<string, Role>> = {
  system: "system",
  developer: "system",
  human: "user",
  user: "user",
  ai: "assistant",
  assistant: "assistant",
  tool: "tool",
  function: "tool",
};

const knownFields = new Set([
  "type",
  "role",
  "content",
  "name",
  "example",
  "additional_kwargs",
  "response_metadata",
  "usage_metadata",
  "lc_kwargs",
  "lc_namespace",
  "lc_serializable",
  "tool_calls",
  "tool_call_chunks",
  "tool_call_id",
  "artifact",
  "contentBlocks",
  "content_blocks",
]);

/** A message as found: what speaks, and the members of the object that holds its content. */
interface Inner {
  readonly role: Role;
  readonly fields: Fields;
}

/** Returns the word that says what a message is: `human` for the class `HumanMessage` or `HumanMessageChunk`. */
function readTypeWord(value: unknown): string | undefined {
  const name = Array.isArray(value) ? (value as readonly unknown[]).at(-1) : value;
  if (typeof name !== "string") return undefined;
  const of = /^(\w+?)Message(?:Chunk)?$/.exec(name)?.[1];
  return of === undefined ? name : of.toLowerCase();
}

function findHolder(source: MessageSource, fields: Fields): Fields {
  for (const name of ["data", "kwargs"]) {
    const holder = fields.get(name);
    if (holder !== undefined && isJsonObject(holder.value))
      return readFields(source.json, holder.range.start, holder.value);
  }
  return fields;
}

/**
 * Finds a message's content in its three forms: `{type, data}`, flat, or the constructor that LangChain serializes (`lc`). A chat
 * message states its role apart.
 */
function readInner(source: MessageSource): Inner {
  const outer = readMessageFields(source);
  const fields = findHolder(source, outer);
  const isConstructor = outer.get("type")?.value === "constructor";
  const type = outer.get(isConstructor ? "id" : "type")?.value ?? outer.get("role")?.value;
  const word = readTypeWord(type);
  const spoken = word === "chat" || word === "generic" ? readString(fields, "role") : word;
  const role = spoken === undefined ? undefined : ownValue(roles, spoken);
  if (role === undefined)
    refuseMessage(
      source.place,
      isConstructor ? "id" : "type",
      type,
      "human, ai, system, tool, function, chat",
    );
  return { role, fields };
}

function readCall(source: MessageSource, call: Block, cut: Part["cut"]): Part {
  const args = call.fields.get("args") ?? call.fields.get("input");
  const text =
    args === undefined
      ? ""
      : typeof args.value === "string"
        ? args.value
        : compactJson(sliceText(source.json, args.range));
  return makePart("tool-call", {
    cut,
    text,
    callId: readString(call.fields, "id"),
    toolName: readString(call.fields, "name"),
    arguments: text,
  });
}

/** Reads the tool calls. Older messages have them only as OpenAI's API wrote them, in `additional_kwargs`. */
function readCalls(source: MessageSource, fields: Fields): readonly Part[] {
  const list = fields.get("tool_calls");
  if (list !== undefined && list.value !== null && !Array.isArray(list.value))
    refuseMessage(source.place, "tool_calls", list.value, "a list of calls");
  const calls = list === undefined || list.value === null ? [] : readBlocks(source, list, "tool_calls");
  if (calls.length === 0) return readChatCalls(source, readMore(source, fields));
  return calls.map((call) => readCall(source, call, undefined));
}

function readMore(source: MessageSource, fields: Fields): Fields {
  const more = fields.get("additional_kwargs");
  return isJsonObject(more?.value)
    ? readFields(source.json, more.range.start, more.value)
    : new Map<string, Field>();
}

/** Reads the reasoning that providers of OpenAI's format keep in `additional_kwargs`. */
function readReasoning(source: MessageSource, fields: Fields): readonly Part[] {
  const field = readMore(source, fields).get("reasoning_content");
  if (field === undefined || typeof field.value !== "string" || field.value === "") return [];
  return [makePart("reasoning", { cut: field.cut, text: field.value })];
}

function readReasoningBlock({ cut, fields }: Block): Part {
  const text = readString(fields, "thinking") ?? readString(fields, "reasoning") ?? "";
  const opaque = readString(fields, "signature") ?? readString(fields, "data");
  return makePart("reasoning", { cut, text, opaque });
}

/** Reads a block of the content. Blocks of calls repeat `tool_calls`, so they are counted there. */
function makeBlockReader(
  calls: readonly Part[],
): (block: Block, source: MessageSource) => readonly Part[] | undefined {
  const listed = new Set(calls.map((call) => call.callId));
  return (block, source) => {
    switch (block.type) {
      case "thinking":
      case "redacted_thinking":
      case "reasoning":
        return [readReasoningBlock(block)];
      case "tool_use":
      case "tool_call":
      case "function_call": {
        const call = readCall(source, block, undefined);
        const id = call.callId ?? readString(block.fields, "call_id");
        return listed.has(id) || listed.has(readString(block.fields, "call_id"))
          ? [makePart("other", {})]
          : [{ ...call, callId: id }];
      }
      case "server_tool_call":
      case "server_tool_use":
        return [{ ...readCall(source, block, undefined), isHosted: true }];
      default:
        return undefined;
    }
  };
}

function readParts(source: MessageSource, { role, fields }: Inner): readonly Part[] {
  const content = fields.get("content");
  if (role === "tool")
    return readResultParts(source, content, {
      callId: readString(fields, "tool_call_id"),
      toolName: readString(fields, "name"),
    });
  const calls = readCalls(source, fields);
  return [
    ...readReasoning(source, fields),
    ...readContentParts(source, content, makeBlockReader(calls)),
    ...calls,
  ];
}

/** Reads a source as a message of LangChain. Errors: `invalid-message`. */
export function readLangChainSource(source: MessageSource): Message {
  const inner = readInner(source);
  const { role, fields } = inner;
  return makeMessage(source, fields, {
    format: "langchain",
    role,
    parts: [...readParts(source, inner), ...readOtherFields(source, fields, knownFields)],
    speaker: role === "tool" ? undefined : readString(fields, "name"),
  });
}

/**
 * Reads one message of LangChain from its JSON text: as `{type, data}`, flat, or as a serialized constructor.
 * Errors: `invalid-json`, `invalid-message`.
 */
export function readLangChain(json: string): Message {
  return readLangChainSource(parseSource(json));
}

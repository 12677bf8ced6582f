import { compactJson } from "../json/compact-json.ts";
import { readContentParts, readResultParts } from "./content-parts.ts";
import type { Block } from "./content-parts.ts";
import { readString, sliceText } from "../json/fields.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";
import { makePart } from "../message/make-part.ts";
import type { Message, Part, Role } from "../message/message.ts";
import { makeMessage, readMessageFields, readRole, refuseMessage, parseSource } from "./message-source.ts";
import type { MessageSource } from "./message-source.ts";
import { readOtherFields } from "./other-fields.ts";
import { isReminder } from "./reminders.ts";

const roles: Readonly<Record<string, Role>> = { user: "user", assistant: "assistant", system: "system" };

const knownFields = new Set(["role", "content", "type"]);

function readCall(block: Block, source: MessageSource): readonly Part[] {
  const input = block.fields.get("input");
  const text = input === undefined ? "" : compactJson(sliceText(source.json, input.range));
  const call = makePart("tool-call", {
    cut: block.cut,
    isHosted: block.type === "tool_use" ? undefined : true,
    text,
    callId: readString(block.fields, "id"),
    toolName: readString(block.fields, "name"),
    arguments: text,
  });
  // A call from code belongs to the code's own call, which the provider runs.
  const caller = block.value["caller"];
  const callerId = isJsonObject(caller) ? caller["tool_id"] : undefined;
  return typeof callerId === "string" ? [call, makePart("other", { callId: callerId })] : [call];
}

/**
 * Reads the result of a tool that the provider ran. It is sent back unchanged (its content may be encrypted), so it has no
 * body.
 */
function readServerResult(block: Block, source: MessageSource): Part {
  const content = block.fields.get("content");
  return makePart("tool-result", {
    cut: block.cut,
    isHosted: true,
    text: content === undefined ? "" : compactJson(sliceText(source.json, content.range)),
    callId: readString(block.fields, "tool_use_id"),
  });
}

function readBlock(block: Block, source: MessageSource): readonly Part[] | undefined {
  const { cut, fields, type } = block;
  switch (type) {
    case "thinking":
      return [
        makePart("reasoning", {
          cut,
          text: readString(fields, "thinking") ?? "",
          opaque: readString(fields, "signature"),
        }),
      ];
    case "redacted_thinking":
      return [makePart("reasoning", { cut, opaque: readString(fields, "data") })];
    case "tool_use":
    case "server_tool_use":
    case "mcp_tool_use":
      return readCall(block, source);
    case "compaction":
      return [makePart("compaction", { text: readString(fields, "content") ?? "" })];
    case "tool_result":
      return readResultParts(source, fields.get("content"), {
        cut,
        callId: readString(fields, "tool_use_id"),
      });
    default:
      return type.endsWith("_tool_result") ? [readServerResult(block, source)] : undefined;
  }
}

/** Reads a source as a message of Anthropic's messages API. Errors: `invalid-message`. */
export function readAnthropicSource(source: MessageSource): Message {
  const fields = readMessageFields(source);
  const role = readRole(source, fields, roles);
  const content = fields.get("content");
  if (content === undefined || content.value === null)
    refuseMessage(source.place, "content", content?.value, "a string or a list of blocks");
  const parts = readContentParts(source, content, readBlock);
  const isResults = parts[0]?.kind === "tool-result" && parts.every(isOfResults);
  return makeMessage(source, fields, {
    format: "anthropic",
    role: role === "user" && isResults ? "tool" : role,
    parts: [...parts, ...readOtherFields(source, fields, knownFields)],
  });
}

/**
 * Returns true for what does not make a message of results a request: images inside a result, which are parts without a cut, and
 * reminders that a client adds to results.
 */
function isOfResults(part: Part): boolean {
  if (part.kind === "image" || part.kind === "file") return part.cut === undefined;
  return part.kind === "tool-result" || (part.kind === "text" && isReminder(part.text));
}

/**
 * Reads one message of Anthropic's messages API from its JSON text. A user message with only tool results, and
 * reminders that the client adds to them, has the role `tool`.
 * Errors: `invalid-json`, `invalid-message`.
 */
export function readAnthropic(json: string): Message {
  return readAnthropicSource(parseSource(json));
}

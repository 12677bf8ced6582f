import { compactJson } from "../json/compact-json.ts";
import { readContentParts, readResultParts } from "./content-parts.ts";
import type { Block } from "./content-parts.ts";
import { readFields, readString, sliceText } from "../json/fields.ts";
import type { Field } from "../json/fields.ts";
import { makePart } from "../message/make-part.ts";
import type { Message, Part, Role } from "../message/message.ts";
import { makeMessage, readMessageFields, readRole, refuseMessage, parseSource } from "./message-source.ts";
import type { MessageSource } from "./message-source.ts";
import { readOtherFields } from "./other-fields.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";

const roles: Readonly<Record<string, Role>> = {
  system: "system",
  user: "user",
  assistant: "assistant",
  tool: "tool",
};

const knownFields = new Set(["role", "content"]);

/** Returns the signature with which reasoning goes back to its provider: it is in the provider's own options. */
function readSignature(block: Block): string | undefined {
  const options = block.value["providerOptions"] ?? block.value["providerMetadata"];
  if (!isJsonObject(options)) return undefined;
  const found: string[] = [];
  for (const provider of Object.values(options)) {
    if (!isJsonObject(provider)) continue;
    for (const key of ["signature", "redactedData", "reasoningEncryptedContent", "thoughtSignature"]) {
      const value = provider[key];
      if (typeof value === "string") found.push(value);
    }
  }
  return found.length === 0 ? undefined : found.join("");
}

function readCall(block: Block, source: MessageSource): Part {
  const input = block.fields.get("input") ?? block.fields.get("args");
  const text = input === undefined ? "" : compactJson(sliceText(source.json, input.range));
  return makePart("tool-call", {
    cut: block.cut,
    text,
    callId: readString(block.fields, "toolCallId"),
    toolName: readString(block.fields, "toolName"),
    arguments: text,
    opaque: readSignature(block),
    isHosted: block.value["providerExecuted"] === true ? true : undefined,
  });
}

/** Reads a tool result: `output` since version 5 (a typed value), before it `result`, which is any JSON. */
function readToolResult(block: Block, source: MessageSource): readonly Part[] {
  const facts = {
    cut: block.cut,
    callId: readString(block.fields, "toolCallId"),
    toolName: readString(block.fields, "toolName"),
  };
  const output = block.fields.get("output");
  if (output === undefined) return readResultParts(source, block.fields.get("result"), facts);
  const wrapped = { ...facts, body: output.range, bodyForm: "text-output" as const };
  if (!isJsonObject(output.value)) return readResultParts(source, output, wrapped);
  const inner = readFields(source.json, output.range.start, output.value);
  const value: Field | undefined = inner.get("value") ?? inner.get("reason");
  // The body is the whole output, not its value alone: a stub changes the output's type as well.
  return readResultParts(source, value ?? output, wrapped);
}

function readBlock(block: Block, source: MessageSource): readonly Part[] | undefined {
  switch (block.type) {
    case "reasoning":
      return [
        makePart("reasoning", {
          cut: block.cut,
          text: readString(block.fields, "text") ?? "",
          opaque: readSignature(block) ?? readString(block.fields, "signature"),
        }),
      ];
    case "redacted-reasoning":
      return [makePart("reasoning", { cut: block.cut, opaque: readString(block.fields, "data") })];
    case "tool-call":
      return [readCall(block, source)];
    case "tool-result":
      return readToolResult(block, source);
    // An approval belongs to its call: the request names the call, and the response the request.
    case "tool-approval-request":
    case "tool-approval-response":
      return [
        makePart("other", {
          cut: block.cut,
          text: compactJson(block.json),
          callId: readString(block.fields, "approvalId"),
        }),
      ];
    default:
      return undefined;
  }
}

/** Returns a result without its body where the provider ran the tool: such a result is in the assistant's own message. */
function keepHosted(part: Part, role: Role): Part {
  return part.kind === "tool-result" && role === "assistant"
    ? { ...part, body: undefined, isHosted: true }
    : part;
}

/** Reads a source as a model message of the AI SDK. Errors: `invalid-message`. */
export function readAiSdkSource(source: MessageSource): Message {
  const fields = readMessageFields(source);
  const role = readRole(source, fields, roles);
  const content = fields.get("content");
  const isList = Array.isArray(content?.value);
  if (!isList && (role === "tool" || typeof content?.value !== "string"))
    refuseMessage(
      source.place,
      "content",
      content?.value,
      role === "tool" ? "a list of parts" : "a string or a list of parts",
    );
  return makeMessage(source, fields, {
    format: "ai-sdk",
    role,
    parts: [
      ...readContentParts(source, content, readBlock).map((part) => keepHosted(part, role)),
      ...readOtherFields(source, fields, knownFields),
    ],
  });
}

/** Reads one model message of the AI SDK (versions 4 to 7) from its JSON text. Errors: `invalid-json`, `invalid-message`. */
export function readAiSdk(json: string): Message {
  return readAiSdkSource(parseSource(json));
}

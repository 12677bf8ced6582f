import { isJsonObject } from "../../../shared/json/json-object.ts";
import { findMember, makeNode, readElements, readMembers, readText, writeObject } from "../json/json-node.ts";
import type { JsonMembers, JsonNode } from "../json/json-node.ts";

/** Tool parts whose call the model already made, by state (versions 5 to 7). */
const finished = new Set(["output-available", "output-error", "output-denied"]);

function getMember(members: JsonMembers, name: string): JsonNode | undefined {
  const node = members.get(name);
  return node?.value === null ? undefined : node;
}

/** Returns true for a tool's part of versions 5 to 7: `tool-NAME` or `dynamic-tool`. */
export function isToolPart(type: string): boolean {
  return type === "dynamic-tool" || (type.startsWith("tool-") && type !== "tool-invocation");
}

function readToolName(members: JsonMembers): string {
  const type = readText(members.get("type")) ?? "";
  return type === "dynamic-tool" ? (readText(members.get("toolName")) ?? "") : type.slice("tool-".length);
}

/** Writes a tool's result as the model gets it: a text as text, any other value as JSON. */
function writeOutput(output: JsonNode | undefined, kind: "" | "error-" = ""): JsonNode {
  const value = output ?? { json: "null", value: null };
  const type = typeof value.value === "string" ? "text" : "json";
  return writeObject({ type: `${kind}${type}`, value });
}

/** A tool's part, converted: what goes to the assistant's message, and what to the tool message that follows it. */
interface ConvertedTool {
  readonly assistant: readonly JsonNode[];
  readonly tool: readonly JsonNode[];
}

function writeResult(members: JsonMembers, output: JsonNode): JsonNode {
  return writeObject({
    type: "tool-result",
    toolCallId: getMember(members, "toolCallId"),
    toolName: readToolName(members),
    output,
    providerOptions:
      getMember(members, "resultProviderMetadata") ?? getMember(members, "callProviderMetadata"),
  });
}

function writeApproval(members: JsonMembers): readonly JsonNode[] {
  const approval = readMembers(getMember(members, "approval"));
  const approved = getMember(approval, "approved");
  if (approved === undefined) return [];
  const response = writeObject({
    type: "tool-approval-response",
    approvalId: getMember(approval, "id"),
    approved,
    reason: getMember(approval, "reason"),
    providerExecuted: getMember(members, "providerExecuted"),
  });
  if (approved.value !== false || readText(members.get("state")) !== "approval-responded") return [response];
  const denied = writeObject({ type: "execution-denied", reason: getMember(approval, "reason") });
  return [response, writeResult(members, denied)];
}

/** Converts a tool's part of versions 5 to 7 as `convertToModelMessages` does. A call that is still streaming is left out. */
export function convertToolPart(node: JsonNode): ConvertedTool {
  const members = readMembers(node);
  const state = readText(members.get("state")) ?? "";
  if (state === "input-streaming") return { assistant: [], tool: [] };
  const ranAtProvider = members.get("providerExecuted")?.value === true;
  const approval = getMember(members, "approval");
  const call = writeObject({
    type: "tool-call",
    toolCallId: getMember(members, "toolCallId"),
    toolName: readToolName(members),
    input: getMember(members, "input") ?? getMember(members, "rawInput"),
    providerExecuted: getMember(members, "providerExecuted"),
    providerOptions: getMember(members, "callProviderMetadata"),
  });
  const request = writeObject({
    type: "tool-approval-request",
    approvalId: findMember(approval, "id"),
    toolCallId: getMember(members, "toolCallId"),
    isAutomatic: findMember(approval, "isAutomatic"),
    signature: findMember(approval, "signature"),
  });
  const denial = makeNode(readText(findMember(approval, "reason")) ?? "Tool call execution denied.");
  const output =
    state === "output-available"
      ? writeOutput(getMember(members, "output"))
      : state === "output-denied"
        ? writeOutput(denial, "error-")
        : writeOutput(getMember(members, "errorText"), "error-");
  const result = finished.has(state) ? [writeResult(members, output)] : [];
  return {
    assistant: [call, ...(approval === undefined ? [] : [request]), ...(ranAtProvider ? result : [])],
    tool: [...writeApproval(members), ...(ranAtProvider ? [] : result)],
  };
}

/** Converts a tool's part of version 4. A call that is still streaming is left out. */
export function convertInvocation(invocation: JsonNode | undefined): ConvertedTool {
  const members = readMembers(invocation);
  const state = readText(members.get("state"));
  if (state === "partial-call") return { assistant: [], tool: [] };
  const names = { toolCallId: getMember(members, "toolCallId"), toolName: getMember(members, "toolName") };
  const call = writeObject({ type: "tool-call", ...names, input: getMember(members, "args") });
  if (state !== "result") return { assistant: [call], tool: [] };
  const output = writeOutput(getMember(members, "result"));
  return { assistant: [call], tool: [writeObject({ type: "tool-result", ...names, output })] };
}

function convertReasoning(members: JsonMembers): readonly JsonNode[] {
  const details = readElements(members.get("details"));
  if (details.length === 0)
    return [
      writeObject({
        type: "reasoning",
        text: getMember(members, "text") ?? getMember(members, "reasoning") ?? "",
        providerOptions: getMember(members, "providerMetadata"),
      }),
    ];
  return details.map((detail) => {
    const inner = readMembers(detail);
    return readText(inner.get("type")) === "redacted"
      ? writeObject({ type: "redacted-reasoning", data: getMember(inner, "data") })
      : writeObject({
          type: "reasoning",
          text: getMember(inner, "text") ?? "",
          signature: getMember(inner, "signature"),
        });
  });
}

/**
 * Converts a part that is not a tool's: text, file, reasoning, custom content. Sources, data parts and marks of steps are never
 * sent to a model: they give none.
 */
export function convertContentPart(node: JsonNode): readonly JsonNode[] {
  const members = readMembers(node);
  const providerOptions = getMember(members, "providerMetadata");
  switch (readText(members.get("type"))) {
    case "text":
      return [writeObject({ type: "text", text: getMember(members, "text") ?? "", providerOptions })];
    case "reasoning":
      return convertReasoning(members);
    case "file":
    case "reasoning-file":
      return [convertFile(members)];
    case "custom":
      return [writeObject({ type: "custom", kind: getMember(members, "kind"), providerOptions })];
    default:
      return [];
  }
}

function convertFile(members: JsonMembers): JsonNode {
  const reference = getMember(members, "providerReference");
  return writeObject({
    type: getMember(members, "type"),
    mediaType: getMember(members, "mediaType") ?? getMember(members, "mimeType"),
    filename: getMember(members, "filename"),
    data:
      reference === undefined
        ? (getMember(members, "url") ?? getMember(members, "data"))
        : writeObject({ type: "reference", reference }),
    providerOptions: getMember(members, "providerMetadata"),
  });
}

/** Converts an attachment of version 4 (`experimental_attachments`) to a file. */
export function convertAttachment(node: JsonNode): readonly JsonNode[] {
  if (!isJsonObject(node.value)) return [];
  const members = readMembers(node);
  return [
    writeObject({
      type: "file",
      mediaType: getMember(members, "contentType"),
      filename: getMember(members, "name"),
      data: getMember(members, "url"),
    }),
  ];
}

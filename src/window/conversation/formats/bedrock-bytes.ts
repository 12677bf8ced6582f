import { decodeBase64 } from "../media/decode-base64.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";

/** Members in which AWS's SDKs take bytes and the wire has base64 text. */
const byteMembers = new Set(["bytes", "redactedContent"]);

function decode(text: string): Uint8Array {
  return decodeBase64(text, Math.ceil((text.length * 3) / 4));
}

/**
 * Returns messages of Bedrock's Converse API with their base64 texts (`bytes`, `redactedContent`) as bytes, as AWS's SDK for
 * JavaScript takes them. The messages of a window have base64 text, as on the wire. Tool inputs and JSON results stay as they are.
 */
export function decodeBedrockBytes(messages: readonly unknown[]): readonly unknown[] {
  return messages.map(decodeValue);
}

function decodeValue(value: unknown): unknown {
  if (Array.isArray(value)) return (value as readonly unknown[]).map(decodeValue);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      if (key === "input" || key === "json") return [key, member];
      return [key, byteMembers.has(key) && typeof member === "string" ? decode(member) : decodeValue(member)];
    }),
  );
}

import { isJsonObject } from "../../shared/json/json-object.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";

/** Converts one block to Anthropic's form; undefined if it has that form already. */
function convertBlock(block: unknown): object | undefined {
  if (!isJsonObject(block)) return undefined;
  // Results of the command line are objects of each tool's own; the model reads their JSON.
  if (typeof block["type"] !== "string") return { type: "text", text: JSON.stringify(block) };
  const { type, data, mediaType, path, content } = block;
  if (type === "image" && typeof data === "string") {
    return { type: "image", source: { type: "base64", media_type: mediaType ?? "image/png", data } };
  }
  if (type === "file" && typeof content === "string")
    return { type: "text", text: `<file_content path="${String(path)}">\n${content}\n</file_content>` };
  if (type === "tool_result" && Array.isArray(content)) {
    const inner = convertList(content);
    return inner === undefined ? undefined : { ...block, content: inner };
  }
  return undefined;
}

function convertList(blocks: readonly unknown[]): readonly unknown[] | undefined {
  const converted = blocks.map(convertBlock);
  if (converted.every((block) => block === undefined)) return undefined;
  return blocks.map((block, index) => converted[index] ?? block);
}

/**
 * Returns a message of Cline's command line as Anthropic's, if it has blocks that Anthropic does not have: images as `data` with
 * `mediaType`, files, and results of a tool's own shape. Undefined if its own text can stay.
 */
export function convertClineMessage({ role, content }: JsonObject): string | undefined {
  const blocks = Array.isArray(content) ? convertList(content) : undefined;
  return blocks === undefined ? undefined : JSON.stringify({ role, content: blocks });
}

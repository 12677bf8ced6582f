import { isJsonObject } from "../../../shared/json/json-object.ts";
import {
  findMember,
  readElements,
  readMembers,
  readText,
  writeList,
  writeObject,
} from "../json/json-node.ts";
import type { JsonMembers, JsonNode } from "../json/json-node.ts";

const empty: JsonNode = { json: "null", value: null };

/** Converts a part of a multimodal content. A picture's file is not in the export: its address stays. */
function convertPart(part: JsonNode): readonly JsonNode[] {
  const text = readText(part);
  if (text !== undefined) return text === "" ? [] : [writeObject({ type: "text", text: part })];
  const members = readMembers(part);
  switch (readText(members.get("content_type"))) {
    case "image_asset_pointer":
      return [
        writeObject({ type: "image_url", image_url: writeObject({ url: members.get("asset_pointer") }) }),
      ];
    case "audio_transcription":
      return [writeObject({ type: "text", text: members.get("text") ?? "" })];
    case "audio_asset_pointer":
    case "real_time_user_audio_video_asset_pointer":
      return [writeObject({ type: "file", file: part })];
    default:
      return [part];
  }
}

/** Fields that hold the text of contents without parts. */
const textFields = ["text", "result", "content", "model_set_context"] as const;

function readPlainText(members: JsonMembers): string | undefined {
  const profile = [members.get("user_profile"), members.get("user_instructions")].flatMap(
    (node) => readText(node) ?? [],
  );
  if (profile.length > 0) return profile.join("\n\n");
  for (const name of textFields) {
    const text = readText(members.get(name));
    if (text !== undefined) return text;
  }
  return undefined;
}

function joinThoughts(members: JsonMembers): string {
  return readElements(members.get("thoughts"))
    .flatMap(
      (thought) => readText(findMember(thought, "content")) ?? readText(findMember(thought, "summary")) ?? [],
    )
    .join("\n\n");
}

/** Returns the content as OpenAI's chat has it: a text, or a list of blocks. Undefined if it is empty. */
function convertContent(content: JsonNode): JsonNode | string | undefined {
  const members = readMembers(content);
  const parts = members.get("parts");
  if (Array.isArray(parts?.value)) {
    const blocks = readElements(parts).flatMap(convertPart);
    const [only] = blocks;
    if (only === undefined) return undefined;
    const text = blocks.length === 1 ? findMember(only, "text") : undefined;
    return text !== undefined && isJsonObject(only.value) && only.value["type"] === "text"
      ? text
      : writeList(blocks);
  }
  const text = readPlainText(members);
  if (text !== undefined) return text === "" ? undefined : text;
  // A kind of content that this table does not know: it is counted as it is written.
  return writeList([content]);
}

/**
 * Converts a message of ChatGPT's export to OpenAI's chat. What ChatGPT sends to a tool becomes a call by name, and what the tool
 * answers its result: the export has no ids of calls. Undefined for a message without content (the root of the tree) and for the
 * line that says how long the model thought.
 */
export function convertChatGptMessage(message: JsonNode): JsonNode | undefined {
  const members = readMembers(message);
  const author = readMembers(members.get("author"));
  const role = author.get("role");
  const content = members.get("content") ?? empty;
  const type = readText(findMember(content, "content_type"));
  if (type === "reasoning_recap") return undefined;
  if (type === "thoughts") {
    const thoughts = joinThoughts(readMembers(content));
    return thoughts === "" ? undefined : writeObject({ role, content: empty, reasoning_content: thoughts });
  }
  const converted = convertContent(content);
  if (converted === undefined) return undefined;
  const recipient = readText(members.get("recipient")) ?? "all";
  if (readText(role) === "assistant" && recipient !== "all") {
    const args = typeof converted === "string" ? converted : (readText(converted) ?? converted.json);
    return writeObject({
      role,
      content: empty,
      function_call: writeObject({ name: recipient, arguments: args }),
    });
  }
  const isTool = readText(role) === "tool";
  return writeObject({
    role: isTool ? "function" : role,
    name: isTool ? readText(author.get("name")) : undefined,
    content: converted,
  });
}

import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";
import type { JsonDocument } from "../json/json-documents.ts";
import { findMember, nodeOf, readElements, readMembers, readText, writeObject } from "../json/json-node.ts";
import type { JsonNode } from "../json/json-node.ts";
import { parseJson } from "../json/parse-json.ts";
import { holdsOnly, listDumpObjects } from "./find-objects.ts";
import { makeConverted, placeInDump } from "./raw-conversation.ts";
import type { DumpReader, RawConversation } from "./raw-conversation.ts";

const title = "ShareGPT";

/** Speakers of ShareGPT's files and of the training tools that extend its form, with the roles of OpenAI's chat. */
const speakers: Readonly<Record<string, string>> = {
  system: "system",
  human: "user",
  user: "user",
  gpt: "assistant",
  chatgpt: "assistant",
  assistant: "assistant",
  bot: "assistant",
  bard: "assistant",
  bing: "assistant",
  claude: "assistant",
  model: "assistant",
  function_call: "assistant",
  tool_call: "assistant",
  observation: "function",
  tool: "function",
  function_response: "function",
  tool_response: "function",
};

const listKeys = ["conversations", "conversation", "items", "messages"] as const;

function isTurn(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  const { from, value: text } = value;
  return typeof from === "string" && typeof text === "string";
}

function isTurns(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && (value as readonly unknown[]).every(isTurn);
}

function findKey(value: JsonObject): string | undefined {
  return listKeys.find((key) => isTurns(value[key]));
}

/** Writes a call as training tools state it: a JSON text with name and arguments. They have no ids. */
function writeCall(text: string): JsonNode | undefined {
  let call: JsonNode;
  try {
    call = { json: text.trim(), value: parseJson(text) };
  } catch {
    return undefined;
  }
  const members = readMembers(call);
  const name = members.get("name");
  const args = members.get("arguments") ?? members.get("parameters");
  if (readText(name) === undefined || args === undefined) return undefined;
  const written = readText(args) ?? args.json;
  return writeObject({
    role: "assistant",
    content: { json: "null", value: null },
    function_call: writeObject({ name, arguments: written }),
  });
}

function convertTurn(turn: JsonNode): JsonNode {
  const members = readMembers(turn);
  // Written as a template: the check of imports reads `from` before a quote as an import.
  const from = readText(members.get(`from`)) ?? "";
  const text = readText(members.get("value")) ?? "";
  const call = from === "function_call" || from === "tool_call" ? writeCall(text) : undefined;
  // A speaker that is not in the table stays: the reader refuses it with its place.
  const role = Object.hasOwn(speakers, from) ? speakers[from] : from;
  return call ?? writeObject({ role, content: text });
}

function convertTurns(
  list: JsonNode,
  holder: JsonNode | undefined,
  line: number | undefined,
): RawConversation {
  const system = findMember(holder, "system");
  return {
    frame: {
      system: readText(system) === undefined || system?.value === "" ? undefined : system?.json,
      tools: findMember(holder, "tools")?.json,
    },
    model: readText(findMember(holder, "model")),
    request: undefined,
    sources: readElements(list).map((turn, index) =>
      makeConverted(convertTurn(turn), placeInDump(index, line)),
    ),
    format: "openai-chat",
    converted: title,
  };
}

/** Returns a list of turns that is not within an object. */
function findBareList(documents: readonly JsonDocument[]): JsonNode | undefined {
  const [first, ...others] = documents;
  return first !== undefined && others.length === 0 && isTurns(first.value) ? nodeOf(first) : undefined;
}

/** ShareGPT's files: turns with `from` and `value`, alone, in objects, or one object per line. Converted to OpenAI's chat. */
export const shareGpt: DumpReader = {
  title,
  recognizes: (documents) =>
    findBareList(documents) !== undefined || holdsOnly(documents, (value) => findKey(value) !== undefined),
  read: (documents) => {
    const bare = findBareList(documents);
    if (bare !== undefined) return [convertTurns(bare, undefined, undefined)];
    return listDumpObjects(documents).flatMap(({ node, line }) => {
      const key = isJsonObject(node.value) ? findKey(node.value) : undefined;
      const list = key === undefined ? undefined : findMember(node, key);
      return list === undefined ? [] : [convertTurns(list, node, line)];
    });
  },
};

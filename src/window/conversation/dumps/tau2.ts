import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";
import { LoadlineError } from "../../../shared/errors.ts";
import { readTime } from "../formats/message-time.ts";
import { readUsage } from "../formats/usage.ts";
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
import { makeConverted, noFrame, placeInDump } from "./raw-conversation.ts";
import type { DumpReader, RawConversation, RawSource } from "./raw-conversation.ts";

const title = "tau2 simulation";

function isSimulation(value: unknown): value is JsonObject {
  if (!isJsonObject(value) || !("task_id" in value)) return false;
  return "termination_reason" in value && ("messages" in value || "ticks" in value);
}

/** Returns the simulations of a file: its results, or a simulation saved alone. */
function listSimulations(documents: readonly JsonDocument[]): readonly JsonNode[] {
  const [only, ...others] = documents;
  if (only === undefined || others.length > 0) return [];
  const node = nodeOf(only);
  if (isSimulation(node.value)) return [node];
  const list = isJsonObject(node.value) ? findMember(node, "simulations") : node;
  const found = readElements(list);
  return found.every((each) => isSimulation(each.value)) ? found : [];
}

/** Writes a call: tau2 states arguments as an object, OpenAI's chat as its JSON text. */
function convertCall(call: JsonNode): JsonNode {
  const members = readMembers(call);
  const args = members.get("arguments");
  return writeObject({
    id: members.get("id"),
    type: "function",
    function: writeObject({ name: members.get("name"), arguments: readText(args) ?? args?.json }),
  });
}

/** Returns true for what the simulated user and its own tools say to each other: the agent never sees it. */
function isUsersTool(members: JsonMembers): boolean {
  if (readText(members.get("requestor")) === "user") return true;
  return readText(members.get("role")) === "user" && readElements(members.get("tool_calls")).length > 0;
}

function convertMessage(node: JsonNode): readonly JsonNode[] {
  const members = readMembers(node);
  const inner = members.get("tool_messages");
  if (Array.isArray(inner?.value)) return readElements(inner).flatMap(convertMessage);
  if (isUsersTool(members)) return [];
  const role = members.get("role");
  const content = members.get("content");
  if (readText(role) === "tool") return [writeObject({ role, tool_call_id: members.get("id"), content })];
  const calls = readElements(members.get("tool_calls")).map(convertCall);
  return [writeObject({ role, content, tool_calls: calls.length === 0 ? undefined : writeList(calls) })];
}

function convertSimulation(simulation: JsonNode, model: string | undefined): RawConversation {
  const sources = readElements(findMember(simulation, "messages")).flatMap(
    (message, index): readonly RawSource[] => {
      const time = readTime(findMember(message, "timestamp")?.value);
      const usage = findMember(message, "usage") === undefined ? undefined : readUsage(message.json);
      return convertMessage(message).map((node) =>
        makeConverted(node, placeInDump(index, undefined), { time, usage }),
      );
    },
  );
  return { frame: noFrame, model, request: undefined, sources, format: "openai-chat", converted: title };
}

/**
 * Results of tau2: one conversation per simulation, as the agent sees it. What the simulated user does with tools of its own is left
 * out. Converted to OpenAI's chat.
 */
export const tau2: DumpReader = {
  title,
  recognizes: (documents) => listSimulations(documents).length > 0,
  read: (documents) => {
    const [first] = documents;
    const model =
      first === undefined ? undefined : readText(findMember(nodeOf(first), "info", "agent_info", "llm"));
    const simulations = listSimulations(documents).filter(
      (simulation) => findMember(simulation, "messages") !== undefined,
    );
    if (simulations.length === 0) {
      throw new LoadlineError(
        "unknown-format",
        "input: got tau2 simulations of speech, which hold ticks of audio in place of messages; run tau2 without audio",
      );
    }
    return simulations.map((simulation) => convertSimulation(simulation, model));
  },
};

import { LoadlineError } from "../../shared/errors.ts";
import { isSize } from "../../shared/json/json-object.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";
import type { JsonDocument } from "../conversation/json/json-documents.ts";
import type { ReportedUsage } from "../conversation/message/message.ts";
import { findNewestPath, linkNodes } from "./message-tree.ts";
import type { TreeNode } from "./message-tree.ts";
import { cutMember, listEnvelopes, newestTime, objectOf, placeOf, textOf, timeOf } from "./envelope.ts";
import type { Envelope } from "./envelope.ts";
import { findFirstRequest } from "./first-request.ts";
import { countOf, noteFaultyLines } from "./notes.ts";
import type { RawSession, SessionInput, SessionRecogniser, SessionSource } from "./session.ts";

/** Returns true for a line with one of Gemini's contents. */
function isMessage({ value }: Envelope): boolean {
  const message = objectOf(value, "message");
  return typeof value["uuid"] === "string" && message !== undefined && Array.isArray(message["parts"]);
}

function recognises(documents: readonly JsonDocument[]): boolean {
  return listEnvelopes(documents).some(
    (envelope) =>
      isMessage(envelope) &&
      "parentUuid" in envelope.value &&
      typeof envelope.value["sessionId"] === "string",
  );
}

function usageOf(value: JsonObject): ReportedUsage | undefined {
  const usage = objectOf(value, "usageMetadata");
  if (usage === undefined) return undefined;
  const count = (name: string): number | undefined => {
    const found = usage[name];
    return isSize(found) ? found : undefined;
  };
  return {
    inputTokens: count("promptTokenCount"),
    outputTokens: count("candidatesTokenCount"),
    cachedInputTokens: count("cachedContentTokenCount"),
  };
}

function makeSource({ envelope }: TreeNode): SessionSource {
  const json = cutMember(envelope, "message") ?? "";
  const { value } = envelope;
  return {
    json,
    value: value["message"],
    place: placeOf(envelope),
    time: timeOf(value),
    usage: usageOf(value),
  };
}

/** Returns the indices of the messages that follow a compression of the history. */
function findCompactions(path: readonly TreeNode[]): readonly number[] {
  const compactions: number[] = [];
  let messages = 0;
  for (const { envelope, isMessage: counts } of path) {
    if (envelope.value["subtype"] === "chat_compression") compactions.push(messages);
    if (counts) messages++;
  }
  return compactions.filter((index) => index < messages);
}

function findTitle(envelopes: readonly Envelope[]): string | undefined {
  return envelopes
    .map(({ value }) => textOf(objectOf(value, "systemPayload") ?? {}, "customTitle"))
    .findLast((title) => title !== undefined);
}

function read({ documents, faultyLines }: SessionInput): readonly RawSession[] {
  const envelopes = listEnvelopes(documents);
  const nodes = linkNodes(envelopes, isMessage);
  const { nodes: path } = findNewestPath(nodes);
  const sources = path.filter((node) => node.isMessage).map(makeSource);
  if (sources.length === 0)
    throw new LoadlineError(
      "unknown-format",
      "input: got a chat of Qwen Code without messages; choose another session",
    );
  const hidden = nodes.filter((node) => node.isMessage).length - sources.length;
  const values = path.map(({ envelope }) => envelope.value);
  const find = (name: string): string | undefined =>
    values.map((value) => textOf(value, name)).find((text) => text !== undefined);
  return [
    {
      format: "gemini",
      frame: { system: undefined, tools: undefined },
      model: values.map((value) => textOf(value, "model")).findLast((model) => model !== undefined),
      converted: undefined,
      sources,
      facts: {
        agent: "qwen-code",
        id: find("sessionId"),
        title: findTitle(envelopes) ?? findFirstRequest(sources),
        folder: find("cwd"),
        time: newestTime(sources.map((source) => source.time)),
        sidechain: values.some((value) => value["isSidechain"] === true) ? find("agentId") : undefined,
        compactions: findCompactions(path),
        notes: [
          ...noteFaultyLines(faultyLines, documents.at(-1)?.line ?? 0),
          ...(hidden === 0 ? [] : [`left out: ${countOf(hidden, "message")} of branches that the user left`]),
        ],
      },
    },
  ];
}

/** Recognises Qwen Code's chats: `~/.qwen/projects/PROJECT/chats/SESSION.jsonl`. */
export const qwenCode: SessionRecogniser = {
  agent: "qwen-code",
  title: "Qwen Code",
  signs: "lines with uuid, parentUuid, sessionId and a message with parts",
  recognises,
  read,
};

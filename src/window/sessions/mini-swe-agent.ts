import { isJsonObject } from "../../shared/json/json-object.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";
import { readFields, readItems, sliceText } from "../conversation/json/fields.ts";
import type { JsonDocument } from "../conversation/json/json-documents.ts";
import { readUsage } from "../conversation/formats/usage.ts";
import { cutMembers } from "./cut-members.ts";
import { listEnvelopes, newestTime, objectOf, readEnvelope, textOf, timeOf } from "./envelope.ts";
import { findFirstRequest } from "./first-request.ts";
import type { RawSession, SessionInput, SessionRecogniser, SessionSource } from "./session.ts";

/** The agent sends its messages without this member: commands, raw responses, exit codes. */
const bookkeeping: ReadonlySet<string> = new Set(["extra"]);

function isTrajectory(value: JsonObject): boolean {
  if (!Array.isArray(value["messages"])) return false;
  const format = value["trajectory_format"];
  if (typeof format === "string") return format.startsWith("mini-swe-agent");
  return textOf(objectOf(value, "info") ?? {}, "mini_version") !== undefined;
}

function recognises(documents: readonly JsonDocument[]): boolean {
  const envelopes = listEnvelopes(documents);
  return envelopes.length > 0 && envelopes.every(({ value }) => isTrajectory(value));
}

/** Reads one message of the list. A response of OpenAI's responses API holds several items; the message of the exit holds none. */
function readEntry(json: string, value: JsonObject, place: string): readonly SessionSource[] {
  if (value["role"] === "exit") return [];
  const extra = objectOf(value, "extra") ?? {};
  const time = timeOf(extra);
  const response = objectOf(extra, "response");
  const usage = readUsage(JSON.stringify(value["object"] === "response" ? value : (response ?? {})));
  if (value["object"] === "response" && Array.isArray(value["output"])) {
    const start = readFields(json, 0, value).get("output")?.range.start ?? 0;
    const items = readItems(json, start, value["output"]);
    return items.flatMap((item, index) => {
      if (!isJsonObject(item.value)) return [];
      const text = cutMembers(sliceText(json, item.range), item.value, bookkeeping);
      return [
        {
          json: text,
          value: JSON.parse(text) as unknown,
          place,
          time,
          usage: index === items.length - 1 ? usage : undefined,
        },
      ];
    });
  }
  const text = cutMembers(json, value, bookkeeping);
  return [{ json: text, value: JSON.parse(text) as unknown, place, time, usage }];
}

function findModel(info: JsonObject, values: readonly unknown[]): string | undefined {
  const model = objectOf(objectOf(info, "config") ?? {}, "model");
  const responses = values.flatMap((value) => {
    const response = isJsonObject(value) ? objectOf(objectOf(value, "extra") ?? {}, "response") : undefined;
    return response === undefined ? [] : (textOf(response, "model") ?? []);
  });
  return (model === undefined ? undefined : textOf(model, "model_name")) ?? responses.at(-1);
}

function read({ documents }: SessionInput): readonly RawSession[] {
  return listEnvelopes(documents).map((envelope): RawSession => {
    const { document, value } = envelope;
    const list: readonly unknown[] = Array.isArray(value["messages"]) ? value["messages"] : [];
    const start = readEnvelope(envelope).get("messages")?.range.start ?? 0;
    const sources = readItems(document.json, start, list).flatMap((item, index) =>
      isJsonObject(item.value)
        ? readEntry(sliceText(document.json, item.range), item.value, `message ${index}`)
        : [
            {
              json: sliceText(document.json, item.range),
              value: item.value,
              place: `message ${index}`,
              time: undefined,
              usage: undefined,
            },
          ],
    );
    const usesItems = list.some(
      (message) =>
        isJsonObject(message) &&
        (message["object"] === "response" || message["type"] === "function_call_output"),
    );
    const info = objectOf(value, "info") ?? {};
    return {
      format: usesItems ? "openai-responses" : "openai-chat",
      frame: { system: undefined, tools: undefined },
      model: findModel(info, list),
      converted: undefined,
      sources,
      facts: {
        agent: "mini-swe-agent",
        id: textOf(value, "instance_id"),
        title: findFirstRequest(sources),
        folder: undefined,
        time: newestTime(sources.map((source) => source.time)),
        sidechain: undefined,
        compactions: [],
        notes: [],
      },
    };
  });
}

/** Recognises trajectories of mini-SWE-agent, versions 1 and 2: `….traj.json`. */
export const miniSweAgent: SessionRecogniser = {
  agent: "mini-swe-agent",
  title: "mini-SWE-agent",
  signs: "an object with messages and trajectory_format mini-swe-agent-…, or info.mini_version",
  recognises,
  read,
};

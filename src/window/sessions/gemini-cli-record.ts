import { isJsonObject } from "../../shared/json/json-object.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";
import { textOf } from "./envelope.ts";

/** A content of Gemini's API. */
export interface GeminiContent {
  readonly role: "user" | "model";
  readonly parts: readonly unknown[];
}

/** Requests that Gemini CLI answers itself: commands and help. They were never sent. */
const ownRequests = ["/", "?"];

function listParts(content: unknown): readonly unknown[] {
  if (content === undefined || content === null || content === "") return [];
  const list: readonly unknown[] = Array.isArray(content) ? content : [content];
  return list.map((part) => (typeof part === "string" ? { text: part } : part));
}

function textOfParts(parts: readonly unknown[]): string {
  return parts.map((part) => (isJsonObject(part) ? (textOf(part, "text") ?? "") : "")).join("");
}

function convertThoughts(thoughts: unknown): readonly unknown[] {
  if (!Array.isArray(thoughts)) return [];
  return thoughts.filter(isJsonObject).map((thought) => {
    const subject = textOf(thought, "subject");
    const description = textOf(thought, "description") ?? "";
    return { text: subject === undefined ? description : `**${subject}** ${description}`, thought: true };
  });
}

function convertResult(call: JsonObject): readonly unknown[] {
  const { result, id, name } = call;
  if (result === undefined || result === null) return [];
  if (typeof result !== "string") return listParts(result);
  return [{ functionResponse: { id, name, response: { output: result } } }];
}

function convertUser(record: JsonObject): readonly GeminiContent[] {
  const parts = listParts(record["content"]);
  const text = textOfParts(parts).trim();
  const isOwn = parts.length === 0 || (text !== "" && ownRequests.some((sign) => text.startsWith(sign)));
  return isOwn ? [] : [{ role: "user", parts }];
}

function convertAnswer(record: JsonObject, answered: ReadonlySet<unknown>): readonly GeminiContent[] {
  const content = listParts(record["content"]);
  const calls = Array.isArray(record["toolCalls"]) ? record["toolCalls"].filter(isJsonObject) : [];
  const holds = (name: string): boolean =>
    content.some((part) => isJsonObject(part) && part[name] !== undefined);
  // Newer releases keep thoughts and calls among the parts, with their signatures; older ones apart from them.
  const isEntire = holds("functionCall") || holds("thought");
  const parts = isEntire
    ? content
    : [
        ...convertThoughts(record["thoughts"]),
        ...content,
        ...calls.map(({ id, name, args }) => ({ functionCall: { id, name, args } })),
      ];
  const results = calls.filter(({ id }) => !answered.has(id)).flatMap(convertResult);
  return [
    ...(parts.length === 0 ? [] : [{ role: "model" as const, parts }]),
    ...(results.length === 0 ? [] : [{ role: "user" as const, parts: results }]),
  ];
}

/**
 * Converts one record of Gemini CLI to contents of Gemini's API, as the client does when it resumes a chat. `answered` holds the ids
 * of calls whose results are records of their own: the copies at the calls are left out.
 */
export function convertGeminiRecord(
  record: JsonObject,
  answered: ReadonlySet<unknown>,
): readonly GeminiContent[] {
  if (record["type"] === "user") return convertUser(record);
  return record["type"] === "gemini" ? convertAnswer(record, answered) : [];
}

import { isJsonObject } from "../../shared/json/json-object.ts";
import type { SessionSource } from "./session.ts";

/** Characters of a request that become a session's title. */
const maxTitleLength = 200;

/** Texts that a client writes around a request: reminders, environment, output of its own commands. */
const clientText = /^\s*<([a-z][\w-]*)[^>]*>[\s\S]*?(?:<\/\1>|$)|^\s*Caveat:[^\n]*/iu;

/** Clients that wrap the request itself. */
const wrappers =
  /^\s*<(task|user_message|feedback|command-args|user_query|question)>\s*([\s\S]*?)\s*(?:<\/\1>|$)/iu;

/** Returns the text without what a client wrote before it. */
function stripClientText(text: string): string {
  let rest = text;
  for (;;) {
    const wrapped = wrappers.exec(rest)?.[2];
    if (wrapped !== undefined && wrapped.trim() !== "") return wrapped;
    const shorter = rest.replace(clientText, "");
    if (shorter === rest) return rest.startsWith("# AGENTS.md") ? "" : rest;
    rest = shorter;
  }
}

function listTexts(value: unknown): readonly string[] {
  if (!isJsonObject(value) || value["role"] !== "user") return [];
  const content = value["content"] ?? value["parts"];
  if (typeof content === "string") return [content];
  if (!Array.isArray(content)) return [];
  return content.flatMap((block) => {
    const text = isJsonObject(block) && block["type"] !== "tool_result" ? block["text"] : undefined;
    return typeof text === "string" ? [text] : [];
  });
}

/** Returns the beginning of the first text that a person wrote, on one line; undefined if there is none. */
export function findFirstRequest(sources: readonly Pick<SessionSource, "value">[]): string | undefined {
  for (const { value } of sources) {
    for (const text of listTexts(value)) {
      // Only the beginning is searched: a request may hold a file of megabytes.
      const request = stripClientText(text.slice(0, 20_000)).replaceAll(/\s+/gu, " ").trim();
      if (request !== "") return request.slice(0, maxTitleLength).toWellFormed();
    }
  }
  return undefined;
}

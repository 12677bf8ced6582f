import { isJsonObject } from "../../shared/json/json-object.ts";
import type { SessionSource } from "./session.ts";

/** Characters of a request that become a session's title. */
const maxTitleLength = 200;

/** Blocks that a client writes around a request: reminders, environment, instructions, output of its own commands. */
const clientBlock =
  /^\s*<(system-reminder|environment_details|environment_context|user_instructions|instructions|command-[a-z]+|local-command-[a-z]+|bash-(?:input|stdout|stderr)|ide_[a-z_]+|session_context|hook_context|turn_aborted|permissions|collaboration_mode|skill|subagent_notification)\b[^>]*>[\s\S]*?(?:<\/\1>|$)/iu;

/** A line that a client writes before the output of its own commands. */
const caveat = /^\s*Caveat: The messages below[^\n]*/u;

/** The tag of a request that a client wraps: `<task>`, `<pr_description>`, `<user_query>`. */
const wrapper = /^\s*<([a-z][\w-]*)(?:\s[^>]*)?>\s*([\s\S]*?)\s*(?:<\/\1>|$)/iu;

/** Headings with which Codex sends a project's instructions as a user message. */
const instructions = /^\s*# AGENTS\.md instructions|^\s*# Context from my IDE setup/u;

/** Returns the text without what a client wrote before it. */
function stripClientText(text: string): string {
  let rest = text;
  for (;;) {
    const shorter = rest.replace(clientBlock, "").replace(caveat, "");
    if (shorter === rest) break;
    rest = shorter;
  }
  if (instructions.test(rest)) {
    // The request follows under a heading of its own, if at all.
    const request = /\n#+ My request for Codex:\s*([\s\S]*)/u.exec(rest)?.[1];
    return request ?? "";
  }
  return wrapper.exec(rest)?.[2] ?? rest;
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

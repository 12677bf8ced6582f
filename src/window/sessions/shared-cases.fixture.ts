import { readFileSync } from "node:fs";
import { findShared } from "../../../test/shared-folder.ts";
import { readConversations } from "../conversation/read/read-conversation.ts";
import type { Conversation, Message } from "../conversation/message/message.ts";

/** Returns the text of a case file of the folder `shared`; undefined in a clone without that folder. */
export function readCase(name: string): string | undefined {
  const path = findShared(`cases/window/${name}`);
  return path === undefined ? undefined : readFileSync(path, "utf8");
}

/** Reads the only conversation of an input. */
export function readOne(input: string): Conversation {
  const [first, ...others] = readConversations(input);
  if (first === undefined || others.length > 0)
    throw new Error(`${others.length + 1} conversations instead of 1`);
  return first;
}

/** Returns what a message says in one line: its role, and each part's kind with its text. */
export function sayIt({ role, parts }: Message): string {
  return [role, ...parts.map((part) => `${part.kind}:${part.text}`)].join(" | ");
}

/** Returns lines as a JSON lines text. */
export function toLines(values: readonly object[]): string {
  return `${values.map((value) => JSON.stringify(value)).join("\n")}\n`;
}

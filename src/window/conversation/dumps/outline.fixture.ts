import { readFileSync } from "node:fs";
import { findShared } from "../../../../test/shared-folder.ts";
import { readConversation } from "../read/read-conversation.ts";
import type { Conversation } from "../message/message.ts";

/** The folder of small inputs next to the project; empty if it does not exist: its tests are skipped. */
export const casesFolder: string = findShared("cases/window") ?? "";

/** Reads a case file as a conversation. */
export function readCase(name: string): Conversation {
  return readConversation(readFileSync(`${casesFolder}/${name}`));
}

/** Returns one line per message: its role, and each part's kind and text. */
export function outline(conversation: Conversation): readonly string[] {
  return conversation.messages.map((message) => {
    const parts = message.parts.map((part) => {
      const name = part.kind === "tool-call" ? ` ${part.toolName ?? "?"}` : "";
      const id = part.callId === undefined ? "" : ` <${part.callId}>`;
      return `${part.kind}${name}${id} ${part.text}`;
    });
    return `${message.role}: ${parts.join(" | ")}`;
  });
}

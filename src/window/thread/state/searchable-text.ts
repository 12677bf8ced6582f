import type { Message } from "../../conversation/message/message.ts";

/** What a message says that can be searched for: its texts, tool names and arguments; reasoning and opaque data are not. */
export function searchableText(message: Message): string {
  const texts: string[] = [];
  for (const part of message.parts) {
    if (part.kind === "reasoning") continue;
    if (part.toolName !== undefined && part.kind === "tool-call") texts.push(part.toolName);
    const text = part.kind === "tool-call" ? (part.arguments ?? part.text) : part.text;
    if (text !== "") texts.push(text);
  }
  return texts.join("\n");
}

import type { Message } from "../../conversation/message/message.ts";

/** Returns the searchable text of a message: texts, tool names and arguments, without reasoning and opaque data. */
export function joinSearchableText(message: Message): string {
  const texts: string[] = [];
  for (const part of message.parts) {
    if (part.kind === "reasoning") continue;
    if (part.toolName !== undefined && part.kind === "tool-call") texts.push(part.toolName);
    const text = part.kind === "tool-call" ? (part.arguments ?? part.text) : part.text;
    if (text !== "") texts.push(text);
  }
  return texts.join("\n");
}

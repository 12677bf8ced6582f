import { LoadlineError } from "../../../shared/errors.ts";
import { readConversations } from "../../conversation/read/read-conversation.ts";
import type { Conversation } from "../../conversation/message/message.ts";
import type { Candidate } from "./find-candidates.ts";
import { addClineUsage } from "./cline-usage.ts";
import type { FileAccess } from "./file-access.ts";
import { exportStoredSession } from "./opencode-storage.ts";

/** A larger file would fill the memory before it is refused. */
const maxFileBytes = 512 * 1024 * 1024;

/** Names Roo Code as the agent of a task in its folder: its files have the form of Cline's. */
function nameRoo(conversation: Conversation, path: string): Conversation {
  const { session } = conversation;
  if (session === undefined || !/[\\/][^\\/]*roo-(?:cline|code)[^\\/]*[\\/]/iu.test(path))
    return conversation;
  return { ...conversation, session: { ...session, agent: "roo" } };
}

/** Reads the conversations of a candidate: the main one first. Errors: those of its files. */
export async function openCandidate(
  candidate: Candidate,
  access: FileAccess,
): Promise<readonly Conversation[]> {
  const { kind, path, storage, name, bytes } = candidate;
  if (bytes > maxFileBytes) {
    throw new LoadlineError(
      "file-unreadable",
      `${path}: got ${bytes} bytes, allowed: up to ${maxFileBytes}`,
      {
        details: { path, bytes },
      },
    );
  }
  if (kind === "opencode-session" && storage !== undefined)
    return readConversations(await exportStoredSession(access, storage, { path, id: name }));
  if (kind === "file") return readConversations(await access.read(path, 0, maxFileBytes));
  const history = await access.read(access.join(path, "api_conversation_history.json"), 0, maxFileBytes);
  const display = await access
    .read(access.join(path, "ui_messages.json"), 0, maxFileBytes)
    .catch(() => undefined);
  const conversations = readConversations(history).map((found) => nameRoo(found, path));
  return display === undefined ? conversations : conversations.map((found) => addClineUsage(found, display));
}

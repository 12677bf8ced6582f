import { LoadlineError, isLoadlineError } from "../../../shared/errors.ts";
import { isJsonObject, isSize } from "../../../shared/json/json-object.ts";
import type { Conversation } from "../../conversation/message/message.ts";
import { readSession } from "../../conversation/read/read-session.ts";
import { objectOf, textOf, timeOf } from "../envelope.ts";
import { countOf } from "../notes.ts";
import { recogniseSession } from "../recognise-session.ts";
import type { FileAccess } from "./file-access.ts";
import { findCandidates } from "./find-candidates.ts";
import type { Candidate, Found } from "./find-candidates.ts";
import { findProject } from "./find-project.ts";
import { openCandidate } from "./open-session.ts";
import { readStoredHead } from "./opencode-storage.ts";
import { maxListedBytes, readEnds } from "./read-ends.ts";
import type { SessionEntry, SessionList, UnreadableFile } from "./session-entry.ts";

/** The largest file of one JSON value that is read for a list: it must be read entirely. */
const maxValueBytes = 16 * 1024 * 1024;

/** Bytes that one list may read, in files that turn out to hold no session too: about three seconds. */
const maxReadBytes = 512 * 1024 * 1024;

/** Returns the tokens of the newest call whose usage is known. */
function findTokens({ messages }: Conversation): number | undefined {
  const usage = messages.findLast((message) => message.usage?.inputTokens !== undefined)?.usage;
  return usage?.inputTokens === undefined ? undefined : usage.inputTokens + (usage.outputTokens ?? 0);
}

function describe(candidate: Candidate, conversation: Conversation, scale: number): SessionEntry {
  const { session, messages } = conversation;
  return {
    path: candidate.path,
    agent: session?.agent,
    id: session?.id,
    title: session?.title,
    folder: session?.folder,
    time: session?.time ?? candidate.modified,
    messages: Math.round(messages.length * scale),
    isEstimate: scale !== 1,
    tokens: findTokens(conversation),
    isSidechain: session?.sidechain !== undefined,
  };
}

async function readStored(candidate: Candidate, storage: string, access: FileAccess): Promise<SessionEntry> {
  const { info, messages, last } = await readStoredHead(access, storage, {
    path: candidate.path,
    id: candidate.name,
  });
  const facts: unknown = JSON.parse(info);
  const value = isJsonObject(facts) ? facts : {};
  const newest: unknown = last === undefined ? undefined : JSON.parse(last);
  const tokens = isJsonObject(newest) ? objectOf(newest, "tokens") : undefined;
  const cache = objectOf(tokens ?? {}, "cache") ?? {};
  const counts = [tokens?.["input"], tokens?.["output"], cache["read"], cache["write"]].filter(isSize);
  if (messages === 0) throw new LoadlineError("unknown-format", "a session of opencode without messages");
  return {
    path: candidate.path,
    agent: "opencode",
    id: candidate.name,
    title: textOf(value, "title"),
    folder: textOf(value, "directory"),
    time: timeOf(objectOf(value, "time") ?? {}, "updated") ?? candidate.modified,
    messages,
    isEstimate: false,
    tokens: counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0),
    isSidechain: textOf(value, "parentID") !== undefined,
  };
}

/** Reads what a list shows of a candidate. Undefined if it is not a session. Errors: those of its files. */
async function readEntry(candidate: Candidate, access: FileAccess): Promise<SessionEntry | undefined> {
  const { kind, path, storage, bytes } = candidate;
  if (bytes === 0) throw new LoadlineError("unknown-format", "is empty");
  if (kind === "opencode-session" && storage !== undefined)
    return await readStored(candidate, storage, access);
  const isCompressed = path.endsWith(".zst");
  if (bytes > maxListedBytes && kind === "file" && !isCompressed) {
    const ends = await readEnds(access, path, bytes);
    const [raw] = ends === undefined ? [] : (recogniseSession(ends.input) ?? []);
    if (ends !== undefined && raw !== undefined) return describe(candidate, readSession(raw), ends.scale);
    if (ends !== undefined) return undefined;
    if (bytes > maxValueBytes) {
      throw new LoadlineError(
        "file-unreadable",
        `is larger than ${maxValueBytes} bytes and not JSON lines: name the file itself to read it`,
      );
    }
  }
  const [first] = await openCandidate(candidate, access);
  return first === undefined ? undefined : describe(candidate, first, 1);
}

/** Whether an error says that a file is of another kind: a folder may hold any JSON. */
function isOtherFile(candidate: Candidate, error: unknown): boolean {
  if (!isLoadlineError(error, "unknown-format")) return isLoadlineError(error, "invalid-message");
  return !/without messages|is empty/u.test(error.message) && candidate.kind === "file";
}

/** What limits a list. */
export interface ListOptions {
  /** How many sessions to read, newest first. Default: all. */
  readonly limit?: number;
  /** Whether to list the sessions of sub-agents. Default: false. */
  readonly sidechains?: boolean;
}

/** Reads the newest candidates until the list is full. */
async function fillList(found: Found, access: FileAccess, options: ListOptions): Promise<SessionList> {
  const limit = options.limit ?? Infinity;
  const sessions: SessionEntry[] = [];
  const unreadable: UnreadableFile[] = [...found.unreadable];
  let sidechains = 0;
  let read = 0;
  let bytes = 0;
  for (const candidate of found.candidates) {
    if (sessions.length >= limit || bytes > maxReadBytes) break;
    read++;
    bytes += Math.min(candidate.bytes, maxValueBytes);
    try {
      const entry = await readEntry(candidate, access);
      if (entry?.isSidechain === true && options.sidechains !== true) sidechains++;
      else if (entry !== undefined)
        sessions.push({ ...entry, folder: entry.folder ?? (await findProject(entry, access)) });
    } catch (error) {
      if (isOtherFile(candidate, error)) continue;
      const reason = error instanceof Error ? error.message : String(error);
      unreadable.push({ path: candidate.path, reason });
    }
  }
  return {
    sessions: sessions.sort((a, b) => b.time - a.time),
    candidates: found.candidates.length,
    unread: found.candidates.length - read,
    unreadable,
    notes: [
      ...found.notes,
      ...(sidechains === 0 ? [] : [`not listed: ${countOf(sidechains, "session")} of sub-agents`]),
      ...(bytes > maxReadBytes ? ["stopped after 512 MiB of files: name a folder with fewer"] : []),
    ],
  };
}

/**
 * Lists the sessions of coding agents, and other conversations, in a folder, newest first. A large file is read at its beginning
 * and its end only. Files that are empty, broken or not readable are named, and do not stop the list. Links are not followed.
 * Errors: `not-found`, `file-unreadable` for the folder itself.
 */
export async function listSessions(
  folder: string,
  access: FileAccess,
  options: ListOptions = {},
): Promise<SessionList> {
  await access.list(folder);
  return await fillList(await findCandidates(folder, access), access, options);
}

/**
 * Reads the conversations of a listed session, by its path: the main one first, then those of sub-agents in the same file.
 * Errors: `not-found` if the folder does not hold it, and those of its files.
 */
export async function openSession(
  folder: string,
  path: string,
  access: FileAccess,
): Promise<readonly Conversation[]> {
  const { candidates } = await findCandidates(folder, access);
  const candidate = candidates.find((each) => each.path === path);
  if (candidate === undefined)
    throw new LoadlineError("not-found", `${path}: no such session in ${folder}`, { details: { path } });
  return await openCandidate(candidate, access);
}

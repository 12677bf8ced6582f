import { stat } from "node:fs/promises";
import { LoadlineError, isLoadlineError } from "../../shared/errors.ts";
import { readFault } from "../../shared/file-errors.ts";
import { listSessions, openSession, readConversations } from "../../window/index.ts";
import type { Conversation, SessionEntry, SessionList, UnreadableFile } from "../../window/index.ts";
import { agentPlaces, thisMachine } from "./agent-folders.ts";
import type { AgentPlace, Machine } from "./agent-folders.ts";
import { nodeFiles } from "./node-files.ts";
import { exportDatabaseSession, findDatabases, isInDatabase, listDatabase } from "./opencode-database.ts";

/** Where sessions are looked for: the folders, and what a title names them. */
export interface Place {
  readonly title: string;
  readonly folders: readonly string[];
}

/** An entry of a list, with the folder in which it was found. */
export interface ListedSession extends SessionEntry {
  readonly root: string;
}

/** The sessions of a place. */
export interface ListedSessions extends Omit<SessionList, "sessions"> {
  readonly sessions: readonly ListedSession[];
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
}

/** Returns the agent whose option is among the given ones. Errors: `invalid-option` for two of them. */
export function findAgent(values: Readonly<Record<string, unknown>>): AgentPlace | undefined {
  const [first, second] = agentPlaces.filter(({ option }) => values[option] === true);
  if (first === undefined || second === undefined) return first;
  throw new LoadlineError(
    "invalid-option",
    `--${first.option} and --${second.option} exclude each other: give one`,
    {
      details: { option: `--${second.option}` },
    },
  );
}

/** Returns the folders of this machine in which an agent keeps sessions. Errors: `not-found` if there are none. */
export async function findAgentFolders(agent: AgentPlace, machine: Machine = thisMachine()): Promise<Place> {
  const all = agent.folders(machine);
  const present: string[] = [];
  for (const folder of all) if (await isFolder(folder)) present.push(folder);
  if (present.length > 0) return { title: agent.title, folders: present };
  throw new LoadlineError(
    "not-found",
    `--${agent.option}: no sessions of ${agent.title} on this machine (looked in ${all.slice(0, 3).join(", ")}${all.length > 3 ? ", …" : ""}). Name the folder instead`,
    { details: { option: `--${agent.option}`, folders: all } },
  );
}

/** Returns the place that a path names, if it is a folder. Errors: `not-found`, `file-unreadable`. */
export async function findFolder(path: string): Promise<Place | undefined> {
  const facts = await stat(path).catch((cause: unknown) => {
    throw readFault(path, cause);
  });
  return facts.isDirectory() ? { title: path, folders: [path] } : undefined;
}

/** Lists the databases of opencode in a folder. */
async function listDatabases(root: string): Promise<{
  readonly sessions: readonly ListedSession[];
  readonly unreadable: readonly UnreadableFile[];
}> {
  const sessions: ListedSession[] = [];
  const unreadable: UnreadableFile[] = [];
  for (const path of await findDatabases(root)) {
    try {
      const entries = await listDatabase(path);
      sessions.push(...entries.filter((entry) => !entry.isSidechain).map((entry) => ({ ...entry, root })));
    } catch (error) {
      if (!isLoadlineError(error)) throw error;
      unreadable.push({ path, reason: error.message });
    }
  }
  return { sessions, unreadable };
}

/** Drops a session that opencode has moved from its storage to its database. */
function dropCopies(sessions: readonly ListedSession[]): readonly ListedSession[] {
  const inDatabase = new Set(sessions.filter(({ path }) => isInDatabase(path)).map(({ id }) => id));
  return sessions.filter(({ path, id }) => isInDatabase(path) || !inDatabase.has(id));
}

/** Lists the newest sessions of a place, at most `limit`. Errors: `not-found`, `file-unreadable` for the folders themselves. */
export async function listPlace(place: Place, limit: number): Promise<ListedSessions> {
  const sessions: ListedSession[] = [];
  const unreadable: UnreadableFile[] = [];
  const notes: string[] = [];
  let candidates = 0;
  let unread = 0;
  for (const root of place.folders) {
    const found = await listSessions(root, nodeFiles(root), { limit });
    const stored = await listDatabases(root);
    sessions.push(...found.sessions.map((entry) => ({ ...entry, root })), ...stored.sessions);
    unreadable.push(...found.unreadable, ...stored.unreadable);
    notes.push(...found.notes);
    candidates += found.candidates + stored.sessions.length;
    unread += found.unread;
  }
  const sorted = [...dropCopies(sessions)].sort((a, b) => b.time - a.time);
  const cut = Math.max(0, sorted.length - limit);
  return { sessions: sorted.slice(0, limit), candidates, unread: unread + cut, unreadable, notes };
}

/** Reads a listed session: the main conversation first. A fault names the file. */
export async function openListed(entry: ListedSession): Promise<readonly Conversation[]> {
  if (isInDatabase(entry.path)) return readConversations(await exportDatabaseSession(entry.path));
  return await openSession(entry.root, entry.path, nodeFiles(entry.root));
}

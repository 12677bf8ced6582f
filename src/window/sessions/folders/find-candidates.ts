import { isLoadlineError } from "../../../shared/errors.ts";
import { countOf } from "../notes.ts";
import type { FileAccess, FolderEntry } from "./file-access.ts";
import type { UnreadableFile } from "./session-entry.ts";

/** Entries that are looked at: 10,000 sessions with their folders take about a second. */
const maxEntries = 200_000;
/** Depth of folders below the one that is named. Codex's sessions are 4 deep, a sub-agent's of Claude Code 5. */
const maxDepth = 10;

/** A file that may hold a session, or a folder whose files together hold one. */
export interface Candidate {
  readonly kind: "file" | "cline-task" | "opencode-session";
  readonly path: string;
  /** The folder of opencode's storage that holds the session. */
  readonly storage: string | undefined;
  /** Name without its ending. */
  readonly name: string;
  readonly bytes: number;
  readonly modified: number;
}

/** The candidates of a folder, newest first. */
export interface Found {
  readonly candidates: readonly Candidate[];
  readonly unreadable: readonly UnreadableFile[];
  readonly notes: readonly string[];
}

const sessionEnding = /\.(?:jsonl|json|traj|jsonl\.zst)$/u;

/** Files next to sessions that never hold one. */
const otherFiles = new Set([
  "ui_messages.json",
  "task_metadata.json",
  "context_history.json",
  "focus_chain.json",
  "history_item.json",
  "_index.json",
  "sessions-index.json",
  "session_index.jsonl",
  "history.jsonl",
  "logs.json",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
]);

/** Folders that hold many files and never a session. */
const otherFolders = new Set(["node_modules", ".git", "tool-results", "file-history"]);

/** Returns the candidates that one folder itself is or holds, and the folders to look into. */
function inspectFolder(
  access: FileAccess,
  folder: string,
  entries: readonly FolderEntry[],
): { readonly candidates: readonly Candidate[]; readonly folders: readonly string[] } {
  const names = new Set(entries.filter((entry) => entry.kind === "folder").map((entry) => entry.name));
  // In opencode's storage, messages and parts are files of their own, thousands of them.
  const isStorage = names.has("session") && names.has("message") && names.has("part");
  const history = entries.find(
    (entry) => entry.kind === "file" && entry.name === "api_conversation_history.json",
  );
  const folders = entries
    .filter((entry) => entry.kind === "folder" && !otherFolders.has(entry.name))
    .filter((entry) => !isStorage || entry.name === "session")
    .map((entry) => access.join(folder, entry.name));
  if (history !== undefined) {
    const { bytes, modified } = history;
    return {
      candidates: [{ kind: "cline-task", path: folder, storage: undefined, name: "", bytes, modified }],
      folders,
    };
  }
  const candidates = entries
    .filter((entry) => entry.kind === "file" && sessionEnding.test(entry.name) && !otherFiles.has(entry.name))
    .map(({ name, bytes, modified }): Candidate => ({
      kind: "file",
      path: access.join(folder, name),
      storage: undefined,
      name: name.replace(sessionEnding, ""),
      bytes,
      modified,
    }));
  return { candidates, folders };
}

/** One folder that is still to be read. */
interface Step {
  readonly folder: string;
  readonly depth: number;
  readonly storage: string | undefined;
}

/** Returns the storage that a folder's files belong to, if the folder is one of opencode's. */
function findStorage(step: Step, entries: readonly FolderEntry[]): string | undefined {
  const names = new Set(entries.filter((entry) => entry.kind === "folder").map((entry) => entry.name));
  if (names.has("session") && names.has("message") && names.has("part")) return step.folder;
  return step.storage;
}

function listFolder(
  access: FileAccess,
  folder: string,
  unreadable: UnreadableFile[],
): Promise<readonly FolderEntry[]> {
  return access.list(folder).catch((error: unknown) => {
    if (!isLoadlineError(error)) throw error;
    unreadable.push({ path: folder, reason: error.message });
    return [];
  });
}

/**
 * Finds the files of a folder that may hold sessions, newest first. Links are not followed, so that nothing outside the folder is
 * read and a loop ends.
 */
export async function findCandidates(root: string, access: FileAccess): Promise<Found> {
  const candidates: Candidate[] = [];
  const unreadable: UnreadableFile[] = [];
  const steps: Step[] = [{ folder: root, depth: 0, storage: undefined }];
  let seen = 0;
  let links = 0;
  let tooDeep = 0;
  for (let step = steps.pop(); step !== undefined && seen < maxEntries; step = steps.pop()) {
    const entries = await listFolder(access, step.folder, unreadable);
    seen += entries.length;
    links += entries.filter((entry) => entry.kind === "link").length;
    const storage = findStorage(step, entries);
    const found = inspectFolder(access, step.folder, entries);
    for (const candidate of found.candidates)
      candidates.push(
        storage === undefined ? candidate : { ...candidate, kind: "opencode-session", storage },
      );
    if (step.depth >= maxDepth) tooDeep += found.folders.length;
    else for (const folder of found.folders) steps.push({ folder, depth: step.depth + 1, storage });
  }
  const notes = [
    ...(links === 0 ? [] : [`not followed: ${countOf(links, "link")}`]),
    ...(tooDeep === 0 ? [] : [`not read: ${countOf(tooDeep, "folder")} deeper than ${maxDepth} levels`]),
    ...(steps.length === 0
      ? []
      : [`stopped after ${seen} entries: name a folder with fewer (limit ${maxEntries})`]),
  ];
  return {
    candidates: candidates.sort((a, b) => b.modified - a.modified || (a.path < b.path ? 1 : -1)),
    unreadable,
    notes,
  };
}

import { LoadlineError } from "../../../shared/errors.ts";
import type { FileAccess } from "./file-access.ts";

/** Messages of one session that are read: more is damage, or another program's folder. */
const maxMessages = 20_000;
/** Parts of one message that are read. */
const maxParts = 10_000;
/** Bytes of one file: a part may hold a picture. */
const maxFileBytes = 64 * 1024 * 1024;
/** Files that are read at the same time. */
const concurrency = 32;

const decoder = new TextDecoder();

async function readText(access: FileAccess, path: string): Promise<string> {
  return decoder.decode(await access.read(path, 0, maxFileBytes));
}

/** Returns the JSON files of a folder in order: names are ids that ascend with time. */
async function listFiles(access: FileAccess, folder: string, max: number): Promise<readonly string[]> {
  const entries = await access.list(folder);
  const names = entries
    .filter((entry) => entry.kind === "file" && entry.name.endsWith(".json"))
    .map((entry) => entry.name);
  if (names.length > max) {
    throw new LoadlineError(
      "file-unreadable",
      `${folder}: got ${names.length} files, allowed: up to ${max}`,
      {
        details: { path: folder, files: names.length },
      },
    );
  }
  return names.sort().map((name) => access.join(folder, name));
}

/** Runs a function for each value, some at a time; keeps the order. */
async function mapSome<Value, Result>(
  values: readonly Value[],
  run: (value: Value) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < values.length; start += concurrency)
    results.push(...(await Promise.all(values.slice(start, start + concurrency).map(run))));
  return results;
}

async function readParts(access: FileAccess, folder: string): Promise<string> {
  const files = await listFiles(access, folder, maxParts).catch((): readonly string[] => []);
  const texts = await mapSome(files, (file) => readText(access, file));
  return `[${texts.filter(isComplete).join(",")}]`;
}

/** Whether a file holds JSON: one that is being written may be empty or cut. */
function isComplete(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Returns the facts of a session in opencode's storage, with the number of its messages and the text of its last one. */
export async function readStoredHead(
  access: FileAccess,
  storage: string,
  session: { readonly path: string; readonly id: string },
): Promise<{ readonly info: string; readonly messages: number; readonly last: string | undefined }> {
  const info = await readText(access, session.path);
  const files = await listFiles(
    access,
    access.join(access.join(storage, "message"), session.id),
    maxMessages,
  ).catch((): readonly string[] => []);
  const lastFile = files.at(-1);
  return {
    info,
    messages: files.length,
    last: lastFile === undefined ? undefined : await readText(access, lastFile),
  };
}

/**
 * Returns a session of opencode's storage in the form that `opencode export` prints: `session/PROJECT/ID.json` with the files of
 * `message/ID/` and `part/MESSAGE/`. Ids come from file names, so no file states a path.
 * Errors: `not-found`, `file-unreadable`.
 */
export async function exportStoredSession(
  access: FileAccess,
  storage: string,
  session: { readonly path: string; readonly id: string },
): Promise<string> {
  const info = await readText(access, session.path);
  const files = await listFiles(
    access,
    access.join(access.join(storage, "message"), session.id),
    maxMessages,
  );
  const messages = await mapSome(files, async (file) => {
    const text = await readText(access, file);
    const name = file
      .slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1)
      .replace(/\.json$/u, "");
    return isComplete(text)
      ? `{"info":${text},"parts":${await readParts(access, access.join(access.join(storage, "part"), name))}}`
      : "";
  });
  return `{"info":${info},"messages":[${messages.filter((text) => text !== "").join(",")}]}`;
}

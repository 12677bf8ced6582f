import { constants } from "node:fs";
import { lstat, open, readdir, realpath } from "node:fs/promises";
import { dirname, join, relative, isAbsolute } from "node:path";
import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import { readFault } from "../../shared/file-errors.ts";
import { LoadlineError } from "../../shared/errors.ts";
import { MiB } from "../../shared/units.ts";
import type { FileAccess, FolderEntry } from "../../window/index.ts";

/** A compressed file that unpacks to more would fill the memory. */
const maxUnpackedBytes = 512 * MiB;

/** A link in place of a file is refused where the system can (not on Windows, which has no such flag). */
const readWithoutLinks = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

const unpack = promisify(zstdDecompress);

async function readEntry(folder: string, name: string): Promise<FolderEntry> {
  const facts = await lstat(join(folder, name));
  const kind = facts.isFile()
    ? "file"
    : facts.isDirectory()
      ? "folder"
      : facts.isSymbolicLink()
        ? "link"
        : "other";
  return { name, kind, bytes: facts.size, modified: facts.mtimeMs };
}

/** Entries whose facts are read at the same time. */
const concurrency = 64;

async function listFolder(folder: string): Promise<readonly FolderEntry[]> {
  const names = await readdir(folder);
  const entries: FolderEntry[] = [];
  for (let start = 0; start < names.length; start += concurrency) {
    const batch = names.slice(start, start + concurrency);
    // A file may be removed between the two calls: an agent is at work.
    const found = await Promise.all(batch.map((name) => readEntry(folder, name).catch(() => undefined)));
    entries.push(...found.filter((entry) => entry !== undefined));
  }
  return entries;
}

/** Refuses a path that a link leads out of the folder: one may have been made since the folder was listed. */
async function requireInside(root: string, path: string): Promise<void> {
  const way = relative(await realpath(root), await realpath(dirname(path)));
  if (!way.startsWith("..") && !isAbsolute(way)) return;
  throw new LoadlineError("file-unreadable", `${path}: is a link out of ${root}, which is not followed`, {
    details: { path },
  });
}

async function readRange(path: string, start: number, end: number): Promise<Uint8Array> {
  const file = await open(path, readWithoutLinks);
  try {
    const facts = await file.stat();
    if (!facts.isFile())
      throw new LoadlineError("file-unreadable", `${path}: is not a file`, { details: { path } });
    const length = Math.max(0, Math.min(end, facts.size) - start);
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await file.read(bytes, filled, length - filled, start + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } finally {
    await file.close();
  }
}

async function readFile(path: string, start: number, end: number): Promise<Uint8Array> {
  if (!path.endsWith(".zst")) return await readRange(path, start, end);
  const packed = await readRange(path, 0, maxUnpackedBytes);
  const bytes = await unpack(packed, { maxOutputLength: maxUnpackedBytes });
  return bytes.subarray(start, end);
}

/** Returns the files of a folder for the readers of sessions. Links are not followed; a `.zst` file is read unpacked. */
export function nodeFiles(root: string): FileAccess {
  const nameFault = async <Result>(path: string, run: () => Promise<Result>): Promise<Result> =>
    await run().catch((cause: unknown) => {
      throw readFault(path, cause);
    });
  return {
    join,
    list: async (folder) => await nameFault(folder, async () => await listFolder(folder)),
    read: async (path, start, end) =>
      await nameFault(path, async () => {
        await requireInside(root, path);
        return await readFile(path, start, end);
      }),
  };
}

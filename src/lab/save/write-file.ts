import { basename, dirname, join } from "node:path";
import { isLoadlineError, LoadlineError } from "../../shared/errors.ts";
import { requireText } from "../../shared/options.ts";
import type { FileCalls, OpenFile } from "./file-calls.ts";
import { codeOf, nodeCalls } from "./file-calls.ts";
import { removeLeftovers, temporaryName } from "./leftovers.ts";

/** Bytes written at a time: one system call takes 2^31 - 1 at most. */
const chunkBytes = 1 << 26;
/** No system accepts longer paths. */
const maxPathCharacters = 32_767;

function unwritable(path: string, cause: unknown): LoadlineError {
  if (isLoadlineError(cause)) return cause;
  const said = cause instanceof Error ? cause.message : String(cause);
  return new LoadlineError("file-unwritable", `${path}: could not be written (${said})`, {
    cause,
    details: { file: path },
  });
}

/** Writes all pieces; a system call may write fewer bytes than it was given. */
async function writePieces(file: OpenFile, pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces) {
    for (let done = 0; done < piece.length;) {
      const { bytesWritten } = await file.write(piece, done, Math.min(chunkBytes, piece.length - done));
      if (bytesWritten < 1) throw new Error(`the system wrote 0 of ${piece.length - done} bytes`);
      done += bytesWritten;
    }
  }
}

/** Finds the file to replace: follows links, and refuses a folder or a device. */
async function findTarget(
  calls: FileCalls,
  path: string,
): Promise<{ readonly target: string; readonly mode?: number }> {
  try {
    const target = await calls.realpath(path);
    const facts = await calls.stat(target);
    // Renaming a file onto /dev/null would replace /dev/null.
    if (!facts.isFile()) {
      throw new LoadlineError(
        "file-unwritable",
        `${path}: got a folder or a device, allowed: a file or a new name`,
        {
          details: { file: path },
        },
      );
    }
    return { target, mode: facts.mode & 0o777 };
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    return { target: path };
  }
}

/** Flushes the new name to disk. Systems that cannot flush a folder fail with one of these codes. */
async function syncFolder(calls: FileCalls, folder: string): Promise<void> {
  const cannot: readonly unknown[] = ["EISDIR", "EPERM", "EACCES", "EINVAL", "ENOTSUP", "ENOSYS"];
  try {
    const file = await calls.open(folder, "r");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!cannot.includes(codeOf(error))) throw error;
  }
}

async function writeTemporary(
  calls: FileCalls,
  temporary: string,
  pieces: readonly Uint8Array[],
  mode: number | undefined,
): Promise<void> {
  const file = await calls.open(temporary, "wx");
  try {
    // Comes first, so that others cannot read meanwhile what they may not read later.
    if (mode !== undefined) await file.chmod(mode);
    await writePieces(file, pieces);
    // Otherwise the name may reach the disk before the bytes, and a power cut leaves an empty file.
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Writes a file atomically: a reader finds all of the old bytes or all of the new ones, whatever is killed at any time. The bytes go
 * to a temporary file in the same folder, which is renamed once they are on disk. The pieces must not change until this is done.
 * If it fails, the old file is unchanged, unless only flushing the new name failed. Keeps the permissions of the old file.
 * Errors: `file-unwritable` with its cause, such as ENOSPC.
 */
export async function writeFileAtomically(
  path: string,
  pieces: readonly Uint8Array[],
  calls: FileCalls = nodeCalls,
): Promise<void> {
  requireText("path", path, maxPathCharacters);
  try {
    const { target, mode } = await findTarget(calls, path);
    const folder = dirname(target);
    const name = basename(target);
    // Leftovers only take disk space, so failing to remove them is not an error.
    await removeLeftovers(calls, folder, name).catch(() => undefined);
    const temporary = join(folder, temporaryName(name));
    try {
      await writeTemporary(calls, temporary, pieces, mode);
      await calls.rename(temporary, target);
    } catch (error) {
      // Reports the first error, even if the temporary file cannot be removed.
      await calls.remove(temporary).catch(() => undefined);
      throw error;
    }
    await syncFolder(calls, folder);
  } catch (error) {
    throw unwritable(path, error);
  }
}

import { basename, dirname, join } from "node:path";
import { isLoadlineError, LoadlineError } from "../../shared/errors.ts";
import { requireText } from "../../shared/options.ts";
import type { FileCalls, OpenFile } from "./file-calls.ts";
import { codeOf, nodeCalls } from "./file-calls.ts";
import { removeLeftovers, temporaryName } from "./leftovers.ts";

/** Bytes handed to the system at a time: it takes 2^31 - 1 at most. */
const chunkBytes = 1 << 26;
/** Longest path that any of the systems takes. */
const maxPathLength = 32_767;

function unwritable(path: string, cause: unknown): LoadlineError {
  if (isLoadlineError(cause)) return cause;
  const said = cause instanceof Error ? cause.message : String(cause);
  return new LoadlineError("file-unwritable", `${path}: could not be written (${said})`, {
    cause,
    details: { file: path },
  });
}

/** Writes all of the pieces; a call may take fewer bytes than it was given. */
async function writePieces(file: OpenFile, pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces) {
    for (let done = 0; done < piece.length;) {
      const { bytesWritten } = await file.write(piece, done, Math.min(chunkBytes, piece.length - done));
      if (bytesWritten < 1) throw new Error(`the system took 0 of ${piece.length - done} bytes`);
      done += bytesWritten;
    }
  }
}

/** Where the bytes go in the end: through links, and never in the place of a folder or a device. */
async function findTarget(
  calls: FileCalls,
  path: string,
): Promise<{ readonly target: string; readonly mode?: number }> {
  try {
    const target = await calls.realpath(path);
    const facts = await calls.stat(target);
    // Renaming a file onto /dev/null would put the file in its place.
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

/** Makes the new name last through a power cut. Systems that cannot do it for a folder say so in one of these ways. */
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
    // First of all: what others may not read, they may not read meanwhile either.
    if (mode !== undefined) await file.chmod(mode);
    await writePieces(file, pieces);
    // Without it, the new name may be on the disk before the bytes are, and a power cut leaves an empty file.
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Writes a file as a whole: whoever reads it, and whatever is killed when, finds all of the old bytes or all of the new ones. The
 * bytes go to a temporary file beside it, which takes its name once they are on the disk. The pieces must not change until this is
 * done. When it fails the old file is as it was, except where the error comes from making the new name last (then the new one is
 * there). Keeps the permissions of the old file. Errors: `file-unwritable` with its cause, such as ENOSPC.
 */
export async function writeFileAtomically(
  path: string,
  pieces: readonly Uint8Array[],
  calls: FileCalls = nodeCalls,
): Promise<void> {
  requireText("path", path, maxPathLength);
  try {
    const { target, mode } = await findTarget(calls, path);
    const folder = dirname(target);
    const name = basename(target);
    // What is left of others takes room, and does no other harm: that it cannot be removed is no reason not to write.
    await removeLeftovers(calls, folder, name).catch(() => undefined);
    const temporary = join(folder, temporaryName(name));
    try {
      await writeTemporary(calls, temporary, pieces, mode);
      await calls.rename(temporary, target);
    } catch (error) {
      // What went wrong first is what is told.
      await calls.remove(temporary).catch(() => undefined);
      throw error;
    }
    await syncFolder(calls, folder);
  } catch (error) {
    throw unwritable(path, error);
  }
}

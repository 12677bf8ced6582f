import { open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { LoadlineError } from "../../shared/errors.ts";
import type { ByteSource } from "../file/byte-source.ts";
import { chooseFile } from "../file/choose-file.ts";

function unreadable(path: string, reason: string, cause?: unknown): LoadlineError {
  return new LoadlineError("file-unreadable", `${path}: ${reason}`, {
    details: { file: path },
    ...(cause === undefined ? {} : { cause }),
  });
}

async function openFile(path: string): Promise<ByteSource> {
  const handle = await open(path, "r").catch((cause: unknown) => {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    if (code === "ENOENT")
      throw new LoadlineError("not-found", `${path}: there is no such file`, {
        details: { file: path },
        cause,
      });
    throw unreadable(path, `cannot be opened (${code})`, cause);
  });
  const facts = await handle.stat();
  if (!facts.isFile()) {
    await handle.close();
    throw unreadable(path, "is no regular file, and only those can be read from any place");
  }
  return {
    name: basename(path),
    byteLength: facts.size,
    read: async (offset, length) => {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, facts.size - offset)));
      let done = 0;
      while (done < bytes.length) {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, offset + done);
        if (bytesRead === 0) return bytes.subarray(0, done);
        done += bytesRead;
      }
      return bytes;
    },
    sibling: async (name) => {
      const beside = join(dirname(path), basename(name));
      const there = await stat(beside).catch(() => undefined);
      return there?.isFile() === true ? openFile(beside) : undefined;
    },
    close: () => handle.close(),
  };
}

/**
 * A file on a disk, or the model's file of a folder. Only what is asked for is read.
 * Throws `not-found` and `file-unreadable`; for a folder with several models `invalid-option`, which lists them.
 */
export async function openPath(path: string): Promise<ByteSource> {
  const facts = await stat(path).catch(() => undefined);
  if (facts?.isDirectory() !== true) return openFile(path);
  const names = await readdir(path);
  return openFile(join(path, chooseFile(path, names)));
}

import { open, stat } from "node:fs/promises";
import { LoadlineError } from "../../shared/errors.ts";
import { readFault } from "../../shared/file-errors.ts";
import { requireInteger, requireText } from "../../shared/options.ts";
import { maxHeaderBytes } from "./safetensors.ts";

/**
 * Largest tensor file: everything that a trainer can hold (the 4 GiB of a WebAssembly memory) and the largest header.
 */
export const maxTensorFileBytes: number = 2 ** 32 + 8 + maxHeaderBytes;

/** Bytes read at a time: one system call returns 2^31 - 1 at most. */
const chunkBytes = 1 << 26;

function unreadable(path: string, message: string): LoadlineError {
  return new LoadlineError("file-unreadable", `${path}: ${message}`, { details: { path } });
}

async function readAll(path: string, maxBytes: number): Promise<Uint8Array> {
  // A pipe or a device has no size to check and may never end; opening a pipe without a writer would hang.
  if (!(await stat(path)).isFile()) throw unreadable(path, "got a folder or a device, allowed: a file");
  const file = await open(path, "r");
  try {
    const facts = await file.stat();
    if (facts.size > maxBytes)
      throw unreadable(path, `got ${facts.size} bytes, allowed: at most ${maxBytes}`);
    const bytes = new Uint8Array(facts.size);
    let done = 0;
    while (done < bytes.length) {
      const { bytesRead } = await file.read(bytes, done, Math.min(chunkBytes, bytes.length - done), done);
      if (bytesRead === 0)
        throw unreadable(path, `got ${done} bytes, allowed: the ${bytes.length} that it had when opened`);
      done += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

/**
 * Reads a file into a buffer of its own, which starts at a multiple of 8, so that tensors can be read in place.
 * Errors: `not-found`; `file-unreadable`, also for a file of more than `maxBytes`, a folder or a device.
 */
export async function readWholeFile(path: string, maxBytes: number): Promise<Uint8Array> {
  requireText("path", path, 32_767);
  requireInteger("maxBytes", maxBytes, 0);
  try {
    return await readAll(path, maxBytes);
  } catch (cause) {
    throw readFault(path, cause);
  }
}

import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { LoadlineError } from "../shared/errors.ts";
import { readFault } from "../shared/file-errors.ts";
import { MiB } from "../shared/units.ts";

/** A larger file would fill the memory before it is refused. */
const maxFileBytes = 512 * MiB;

function refuseSize(path: string, got: string, maxBytes: number): never {
  throw new LoadlineError("file-unreadable", `${path}: got ${got} bytes, allowed: up to ${maxBytes}`, {
    details: { path },
  });
}

/** Reads a pipe or a device, whose size is unknown: /dev/zero has no end. */
async function readUnsized(path: string, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let byteLength = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
    byteLength += chunk.length;
    if (byteLength > maxBytes) refuseSize(path, `more than ${maxBytes}`, maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reads a file's bytes, also of a pipe. Errors: `not-found`, `file-unreadable` (also for more than `maxBytes`). */
export async function readBytes(path: string, maxBytes: number = maxFileBytes): Promise<Uint8Array> {
  try {
    const facts = await stat(path);
    if (facts.size > maxBytes) refuseSize(path, String(facts.size), maxBytes);
    return facts.isFile() || facts.isDirectory() ? await readFile(path) : await readUnsized(path, maxBytes);
  } catch (cause) {
    throw readFault(path, cause);
  }
}

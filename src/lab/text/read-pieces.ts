import { createReadStream } from "node:fs";
import { LoadlineError } from "../../shared/errors.ts";
import { readFault } from "../../shared/file-errors.ts";

/** Returns the bytes at the end of a piece that begin a character without ending it. */
function openBytes(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? bytes.slice(-back) : new Uint8Array(0);
  }
  return new Uint8Array(0);
}

/** Finds the first byte that is not UTF-8; undefined if all are. */
function firstFault(bytes: Uint8Array): number | undefined {
  const decodes = (end: number): boolean => {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, end), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  if (decodes(bytes.length)) return undefined;
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decodes(middle)) good = middle;
    else bad = middle;
  }
  // The sequence began with the bytes that were still open at that point.
  return good - openBytes(bytes.subarray(0, good)).length;
}

function refuseAt(path: string, byte: number, cause: unknown): never {
  throw new LoadlineError("invalid-data", `${path}, byte ${byte}: is not UTF-8; convert the file to UTF-8`, {
    cause,
    details: { file: path, byte },
  });
}

/** Opens a file. Standard input is a socket if another program started this one: it cannot be opened by its name then. */
function openStream(path: string): AsyncIterable<Uint8Array> {
  return path === "/dev/stdin" ? process.stdin : createReadStream(path);
}

/**
 * Reads a file's text piece by piece, in bounded memory, without its byte order mark.
 * Errors: `not-found`; `file-unreadable`; `invalid-data` with the first byte that is not UTF-8.
 */
export async function* readPieces(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let done = 0;
  let open: Uint8Array = new Uint8Array(0);
  try {
    for await (const chunk of openStream(path)) {
      let text = "";
      try {
        text = decoder.decode(chunk, { stream: true });
      } catch (cause) {
        const bytes = Buffer.concat([open, chunk]);
        refuseAt(path, done - open.length + (firstFault(bytes) ?? 0), cause);
      }
      // A piece shorter than a character may continue what was open before it.
      open = openBytes(chunk.length > 3 ? chunk.subarray(-4) : Buffer.concat([open, chunk]));
      done += chunk.length;
      yield text;
    }
  } catch (cause) {
    throw readFault(path, cause);
  }
  if (open.length > 0) refuseAt(path, done - open.length, undefined);
}

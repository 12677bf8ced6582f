import { open, stat } from "node:fs/promises";
import { LoadlineError } from "../../shared/errors.ts";
import { readFault } from "../../shared/file-errors.ts";
import { gunzipFile } from "./gunzip.ts";

/** Initial buffer for unpacked bytes if the file claims fewer. */
const minBufferBytes = 65_536;

function tooLarge(path: string, bytes: number, maxBytes: number): LoadlineError {
  return new LoadlineError(
    "invalid-data",
    `${path}: got ${bytes} bytes or more, allowed: up to ${maxBytes}, because the file is held in memory`,
    { details: { file: path, bytes, allowed: maxBytes } },
  );
}

/** Reads the unpacked size from the last four bytes of a gzip file (RFC 1952). A wrong one costs memory that is never touched. */
async function readUnpackedSize(path: string, size: number): Promise<number> {
  const handle = await open(path, "r");
  try {
    const buffer = new Uint8Array(4);
    await handle.read(buffer, 0, 4, Math.max(0, size - 4));
    return new DataView(buffer.buffer).getUint32(0, true);
  } finally {
    await handle.close();
  }
}

/** Reads directly into the buffer that is returned. If the file shrinks meanwhile, returns what is left of it. */
async function readPlain(path: string, size: number): Promise<Uint8Array> {
  const handle = await open(path, "r");
  try {
    const bytes = new Uint8Array(size);
    for (let length = 0; length < size;) {
      const { bytesRead } = await handle.read(bytes, length, size - length);
      if (bytesRead === 0) return bytes.subarray(0, length);
      length += bytesRead;
    }
    return bytes;
  } finally {
    await handle.close();
  }
}

async function fillFrom(
  chunks: AsyncIterable<Uint8Array>,
  room: number,
  path: string,
  maxBytes: number,
): Promise<Uint8Array> {
  let bytes = new Uint8Array(room);
  let length = 0;
  for await (const chunk of chunks) {
    if (length + chunk.length > maxBytes) throw tooLarge(path, length + chunk.length, maxBytes);
    if (length + chunk.length > bytes.length) {
      const wider = new Uint8Array(Math.min(maxBytes, 2 * (length + chunk.length)));
      wider.set(bytes.subarray(0, length));
      bytes = wider;
    }
    bytes.set(chunk, length);
    length += chunk.length;
  }
  return bytes.subarray(0, length);
}

/**
 * Reads a file into one buffer of its size; unpacks it if its name ends in `.gz`. Nothing is held twice, because a data set is most
 * of the memory of a run. Errors: `not-found`, `file-unreadable`; `invalid-data` beyond `maxBytes` or for a damaged gzip file.
 */
export async function readBytes(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    const facts = await stat(path);
    if (!facts.isFile())
      throw new LoadlineError("file-unreadable", `${path}: is not a regular file`, { details: { path } });
    if (facts.size > maxBytes) throw tooLarge(path, facts.size, maxBytes);
    if (!path.endsWith(".gz")) return await readPlain(path, facts.size);
    const room = Math.min(maxBytes, Math.max(minBufferBytes, await readUnpackedSize(path, facts.size)));
    return await fillFrom(gunzipFile(path, path), room, path, maxBytes);
  } catch (cause) {
    throw readFault(path, cause);
  }
}

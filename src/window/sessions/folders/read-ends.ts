import { splitInput } from "../../conversation/json/json-documents.ts";
import type { SessionInput } from "../session.ts";
import type { FileAccess } from "./file-access.ts";

/** A file up to this size is read entirely when it is listed: it takes about 5 ms. */
export const maxListedBytes: number = 512 * 1024;
/** Bytes read at each end of a larger file: some hundred lines. */
const endBytes = 128 * 1024;
/** The longest line that is read for a list. One with a picture has some megabytes. */
const maxLineBytes = 8 * 1024 * 1024;

const newline = 0x0a;

/** The lines at both ends of a file, as a text, and how many of its bytes they are. */
interface Ends {
  readonly text: string;
  readonly bytes: number;
}

/** Reads the entire lines at the beginning, or at the end, of a file. */
async function readEnd(access: FileAccess, path: string, size: number, isTail: boolean): Promise<Ends> {
  for (let length = endBytes; ; length *= 4) {
    const start = isTail ? Math.max(0, size - length) : 0;
    const bytes = await access.read(path, start, isTail ? size : Math.min(size, length));
    // The first line of the tail is cut, and so is the last line of the head.
    const from = isTail ? bytes.indexOf(newline) + 1 : 0;
    const to = isTail ? bytes.length : bytes.lastIndexOf(newline) + 1;
    const hasLines = isTail ? from > 0 && bytes.subarray(from).includes(newline) : to > 0;
    if (!hasLines && length < Math.min(size, maxLineBytes)) continue;
    const lines = hasLines ? bytes.subarray(from, to) : new Uint8Array();
    return { text: new TextDecoder().decode(lines), bytes: lines.length };
  }
}

/**
 * Reads the lines at the beginning and at the end of a large file of JSON lines, and how many times larger the file is. Undefined
 * if it is not JSON lines, or if its lines are too long.
 */
export async function readEnds(
  access: FileAccess,
  path: string,
  size: number,
): Promise<{ readonly input: SessionInput; readonly scale: number } | undefined> {
  const head = await readEnd(access, path, size, false);
  const tail = await readEnd(access, path, size, true);
  const text = `${head.text}${tail.text}`;
  if (!/^\s*[[{]/u.test(text)) return undefined;
  const input = splitInput(text);
  if (input.documents.length < 2) return undefined;
  // Lines in the middle are not read, so that only a fault of the file's own last line would be known: it may be cut.
  return { input: { documents: input.documents, faultyLines: [] }, scale: size / (head.bytes + tail.bytes) };
}

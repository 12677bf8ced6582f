import { LoadlineError } from "../../shared/errors.ts";

/** Bytes of a regular file in a tar archive. A file has one or more pieces, in order; an empty file has one empty piece. */
export interface TarPiece {
  readonly path: string;
  /** Bytes of the entire file. */
  readonly size: number;
  /** Offset of these bytes in the file. */
  readonly start: number;
  /** A view that is valid until the next piece is requested. */
  readonly bytes: Uint8Array;
}

const blockBytes = 512;
/** Largest long name or block of attributes, which are held in memory. Paths have some thousand bytes at most. */
const maxAttributeBytes = 65_536;

interface Header {
  readonly path: string;
  readonly size: number;
  readonly type: string;
}

/** Attributes that do not fit the header of the file that follows (pax records, GNU long names). */
interface Attributes {
  readonly path?: string;
  readonly size?: number;
}

interface ByteReader {
  /** Bytes read so far. */
  place: number;
  /** Reads 1 to `max` bytes; none at the end. */
  readonly some: (max: number) => Promise<Uint8Array>;
}

function createByteReader(
  chunks: AsyncIterable<Uint8Array>,
  refuse: (message: string) => never,
  maxBytes: number,
): ByteReader {
  const iterator = chunks[Symbol.asyncIterator]();
  let chunk: Uint8Array = new Uint8Array(0);
  let taken = 0;
  let total = 0;
  const reader: ByteReader = {
    place: 0,
    some: async (max) => {
      while (taken === chunk.length) {
        const next = await iterator.next();
        if (next.done === true) return new Uint8Array(0);
        chunk = next.value;
        taken = 0;
        total += chunk.length;
        if (total > maxBytes) refuse(`got more than ${maxBytes} unpacked bytes, allowed: up to ${maxBytes}`);
      }
      const bytes = chunk.subarray(taken, taken + max);
      taken += bytes.length;
      reader.place += bytes.length;
      return bytes;
    },
  };
  return reader;
}

function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** Reads a header block (POSIX.1-1988 ustar); undefined at the end of the file, or for the empty block that ends an archive. */
function readHeader(block: Uint8Array, refuse: (message: string) => never): Header | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const octal = (from: number, length: number, what: string): number => {
    const digits = /^ *([0-7]+) *$/.exec(textOf(block.subarray(from, from + length)))?.[1];
    return digits === undefined ? refuse(`got a ${what} that is not octal`) : Number.parseInt(digits, 8);
  };
  // The checksum counts its own eight bytes as spaces.
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (octal(148, 8, "checksum") !== sum) refuse("got a header whose checksum is wrong");
  const size = octal(124, 12, "size");
  const type = String.fromCharCode(block[156] ?? 0);
  const isUstar = textOf(block.subarray(257, 262)) === "ustar";
  const prefix = isUstar ? textOf(block.subarray(345, 500)) : "";
  const name = textOf(block.subarray(0, 100));
  return { path: prefix === "" ? name : `${prefix}/${name}`, size, type };
}

/** Reads records of the form `length key=value\n` (POSIX.1-2001 pax), of which two matter here. */
function readPaxRecords(bytes: Uint8Array, refuse: (message: string) => never): Attributes {
  const found: { path?: string; size?: number } = {};
  for (let at = 0; at < bytes.length;) {
    const length = Number(/^\d{1,6}(?= )/.exec(new TextDecoder().decode(bytes.subarray(at, at + 7)))?.[0]);
    if (!(length > 0) || at + length > bytes.length) refuse("got a damaged record of attributes");
    const record = new TextDecoder().decode(bytes.subarray(at, at + length - 1));
    const [, key, value = ""] = /^\d+ ([^=]+)=([\s\S]*)$/.exec(record) ?? [];
    if (key === "path") found.path = value;
    if (key === "size") {
      if (!/^\d{1,15}$/.test(value)) refuse("got a size that is not a number");
      found.size = Number(value);
    }
    at += length;
  }
  return found;
}

interface Source {
  readonly refuse: (message: string) => never;
  /** Reads 1 to `max` bytes; none at the end. */
  readonly some: (max: number) => Promise<Uint8Array>;
  /** Reads `count` bytes into memory; fewer only at the end of the archive, and only with `mayEnd`. */
  readonly whole: (count: number, mayEnd?: boolean) => Promise<Uint8Array>;
}

function openSource(chunks: AsyncIterable<Uint8Array>, name: string, maxBytes: number): Source {
  const refuse = (message: string): never => {
    throw new LoadlineError("invalid-data", `${name}, unpacked byte ${reader.place}: ${message}`, {
      details: { file: name, byte: reader.place },
    });
  };
  const reader = createByteReader(chunks, refuse, maxBytes);
  return {
    refuse,
    some: reader.some,
    whole: async (count, mayEnd = false) => {
      const bytes = new Uint8Array(count);
      for (let at = 0; at < count;) {
        const some = await reader.some(count - at);
        if (some.length === 0) {
          if (mayEnd && at === 0) return some;
          refuse("ends in the middle");
        }
        bytes.set(some, at);
        at += some.length;
      }
      return bytes;
    },
  };
}

async function readAttributes(source: Source, header: Header): Promise<Attributes> {
  if (header.size > maxAttributeBytes)
    source.refuse(`got attributes of ${header.size} bytes, allowed: up to ${maxAttributeBytes}`);
  const bytes = await source.whole(header.size);
  return header.type === "L" ? { path: textOf(bytes) } : readPaxRecords(bytes, source.refuse);
}

async function* readContent(source: Source, path: string, size: number): AsyncGenerator<TarPiece> {
  if (size === 0) yield { path, size, start: 0, bytes: new Uint8Array(0) };
  for (let start = 0; start < size;) {
    const bytes = await source.some(size - start);
    if (bytes.length === 0) source.refuse("ends in the middle of a file");
    yield { path, size, start, bytes };
    start += bytes.length;
  }
}

async function skip(content: AsyncIterable<TarPiece>): Promise<void> {
  for await (const _ of content);
}

/**
 * Reads the regular files of a tar archive as a stream; memory holds one chunk. Skips folders, links and devices. The archive ends at
 * an empty block or, because some writers omit it, where a header would begin. `maxBytes` limits the unpacked bytes.
 * Errors: `invalid-data` with the archive's name and the unpacked byte.
 */
export async function* readTar(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  maxBytes: number,
): AsyncGenerator<TarPiece> {
  const source = openSource(chunks, name, maxBytes);
  let attributes: Attributes = {};
  for (;;) {
    const header = readHeader(await source.whole(blockBytes, true), source.refuse);
    if (header === undefined) return;
    let size = header.size;
    if (header.type === "x" || header.type === "L") {
      attributes = Object.assign(attributes, await readAttributes(source, header));
    } else {
      size = attributes.size ?? size;
      const content = readContent(source, attributes.path ?? header.path, size);
      attributes = {};
      if (header.type === "0" || header.type === "\0") yield* content;
      else await skip(content);
    }
    await source.whole((blockBytes - (size % blockBytes)) % blockBytes);
  }
}

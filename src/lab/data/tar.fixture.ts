/** Fields of a tar header; tests may set wrong ones. */
export interface TarHeader {
  readonly path: string;
  readonly size: number;
  readonly type?: string;
  readonly checksum?: string;
  readonly sizeField?: string;
  readonly prefix?: string;
}

/** Makes a header block (POSIX ustar). */
export function tarHeader(header: TarHeader): Uint8Array {
  const block = new Uint8Array(512);
  const put = (at: number, text: string): void => block.set(new TextEncoder().encode(text), at);
  put(0, header.path);
  put(124, header.sizeField ?? `${header.size.toString(8).padStart(11, "0")}\0`);
  put(156, header.type ?? "0");
  put(257, "ustar\u000000");
  put(345, header.prefix ?? "");
  put(148, "        ");
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, header.checksum ?? `${sum.toString(8).padStart(6, "0")}\0 `);
  return block;
}

/** Makes a header with its content, padded to entire blocks. */
export function tarEntry(path: string, content: string, type = "0"): Uint8Array {
  const bytes = new TextEncoder().encode(content);
  const entry = new Uint8Array(512 + Math.ceil(bytes.length / 512) * 512);
  entry.set(tarHeader({ path, size: bytes.length, type }));
  entry.set(bytes, 512);
  return entry;
}

/** The two empty blocks that end an archive. */
export const tarEnd: Uint8Array = new Uint8Array(1024);

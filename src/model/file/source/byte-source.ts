/** Bytes of a file, wherever it is stored: on a disk, behind a URL, in a browser. Only the requested bytes are read. */
export interface ByteSource {
  /** Name for messages, and for finding the files next to this one. */
  readonly name: string;
  /** Undefined where a server does not report it. */
  readonly byteLength: number | undefined;
  /** Reads `length` bytes from `offset`; returns fewer only at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Opens a file in the same folder; returns undefined where there is none. */
  sibling?(name: string): Promise<ByteSource | undefined>;
  close?(): Promise<void>;
}

/** Returns a source over bytes in memory. */
export function bytesSource(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    byteLength: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
  };
}

/** The members of a browser's `Blob` that are used. */
export interface BlobLike {
  readonly size: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/** Returns a source over a browser's `File` or `Blob`, or over one of Node's (`openAsBlob`). */
export function blobSource(name: string, blob: BlobLike): ByteSource {
  return {
    name,
    byteLength: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
  };
}

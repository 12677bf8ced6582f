/** Bytes of a file wherever it lies: on a disk, behind a URL, in a browser's file. Only what is asked for is read. */
export interface ByteSource {
  /** Name for messages, and for finding the files beside this one. */
  readonly name: string;
  /** Undefined where a server does not tell. */
  readonly byteLength: number | undefined;
  /** Bytes from `offset` on; fewer than `length` only at the end of the file. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** A file beside this one, or undefined where there is none. */
  sibling?(name: string): Promise<ByteSource | undefined>;
  close?(): Promise<void>;
}

/** A source over bytes in memory. */
export function bytesSource(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    byteLength: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
  };
}

/** The part of a browser's `Blob` that is used. */
export interface BlobLike {
  readonly size: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/** A source over a browser's file or blob, or over one of Node's (`openAsBlob`). */
export function blobSource(name: string, blob: BlobLike): ByteSource {
  return {
    name,
    byteLength: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
  };
}

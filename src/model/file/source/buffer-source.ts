import type { ByteSource } from "./byte-source.ts";
import { KiB } from "../../../shared/units.ts";

/** Bytes of the one window that is kept: transferring them costs less than another request to a server. */
const windowBytes = 64 * KiB;

/**
 * Answers small reads of a source from one window of 64 KiB, so that recognizing a format and then reading its header makes one
 * request. Reads larger than the window pass through and are not kept.
 */
export function bufferSource(source: ByteSource): ByteSource {
  let start = 0;
  let kept: Uint8Array = new Uint8Array(0);
  return {
    // Listed one by one: a spread would leave out what a class has on its prototype.
    name: source.name,
    byteLength: source.byteLength,
    sibling: (name) => source.sibling?.(name) ?? Promise.resolve(undefined),
    close: () => source.close?.() ?? Promise.resolve(),
    read: async (offset, length) => {
      const end = Math.min(offset + length, source.byteLength ?? Number.POSITIVE_INFINITY);
      if (offset < start || end > start + kept.length) {
        if (length > windowBytes) return source.read(offset, length);
        kept = await source.read(offset, windowBytes);
        start = offset;
      }
      return kept.subarray(offset - start, offset - start + length);
    },
  };
}

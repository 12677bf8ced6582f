import type { ByteSource } from "./byte-source.ts";
import { KiB } from "../../../shared/units.ts";

/** Bytes of the one window that is kept; a request of a server costs more than this many bytes. */
const windowBytes = 64 * KiB;

/**
 * A source that answers small reads from one window of 64 KiB, so that telling a format and then reading its header asks once.
 * Reads of more than the window go through and are not kept.
 */
export function bufferedSource(source: ByteSource): ByteSource {
  let start = 0;
  let kept: Uint8Array = new Uint8Array(0);
  return {
    // one by one: what a class has on its prototype is not in a spread
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

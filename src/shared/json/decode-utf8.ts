/** Returns the length of the well-formed UTF-8 sequence at `index` (Unicode 16, table 3-7), 0 if there is none. */
function measureSequence(bytes: Uint8Array, index: number): number {
  const first = bytes[index] ?? 0;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || index + length > bytes.length) return 0;
  const second = bytes[index + 1] ?? 0;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let at = index + 2; at < index + length; at++) if (((bytes[at] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}

/** The first byte that is not UTF-8. */
export interface Utf8Fault {
  /** Offset of the byte. */
  readonly byte: number;
  /** The byte in hexadecimal, such as "0xff". */
  readonly got: string;
  readonly cause: unknown;
}

function findFault(bytes: Uint8Array, cause: unknown): Utf8Fault {
  let index = 0;
  while (index < bytes.length) {
    const length = measureSequence(bytes, index);
    if (length === 0) break;
    index += length;
  }
  const hex = bytes[index]?.toString(16).padStart(2, "0");
  return { byte: index, got: `0x${hex}`, cause };
}

/** Decodes UTF-8, without its byte order mark; returns the fault if the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | Utf8Fault {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    return findFault(bytes, cause);
  }
}

import { LoadlineError } from "../../shared/errors.ts";

/** A place in the JSON text of a file; every fault names the file and the byte. */
export interface JsonCursor {
  /** Whether the next byte that is not blank is this character; it is then passed. */
  readonly take: (character: string) => boolean;
  /** Passes this character; anything else is a fault. */
  readonly expect: (character: string) => void;
  /** Reads a string. */
  readonly readText: () => string;
  /** Reads a whole number from 0 to 2^53 - 1, written as digits. */
  readonly readInteger: () => number;
  /** Whether only blanks are left. */
  readonly atEnd: () => boolean;
  /** Byte in the file of what comes next. */
  readonly at: () => number;
}

const quote = 0x22;
const backslash = 0x5c;
const zero = 0x30;
const nine = 0x39;
const blanks: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
/** Digits of 2^53 - 1, the largest number that is exact. */
const maxDigits = 16;

/** Throws `invalid-data` for a file, at a byte. */
export function refuseBytes(file: string, at: number, message: string): never {
  throw new LoadlineError("invalid-data", `${file}, byte ${at}: ${message}`, { details: { file, byte: at } });
}

function describeByte(byte: number | undefined): string {
  if (byte === undefined) return "the end of the text";
  return byte > 0x20 && byte < 0x7f
    ? JSON.stringify(String.fromCharCode(byte))
    : `the byte 0x${byte.toString(16).padStart(2, "0")}`;
}

/** Place of the quote that ends a string whose first character is at `from`, and whether there are escapes in between. */
function findQuote(bytes: Uint8Array, from: number): { readonly end: number; readonly escapes: boolean } {
  let escapes = false;
  let end = from;
  while (end < bytes.length && bytes[end] !== quote) {
    if (bytes[end] === backslash) {
      escapes = true;
      end += 1;
    }
    end += 1;
  }
  return { end, escapes };
}

/** The string whose bytes, without its quotes, are `from` to `end`; undefined where it is broken. */
function decodeText(bytes: Uint8Array, from: number, end: number, escapes: boolean): string | undefined {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    // JSON.parse undoes the escapes, and refuses what may not stand in a string.
    if (escapes) return String(JSON.parse(decoder.decode(bytes.subarray(from - 1, end + 1))));
    const text = decoder.decode(bytes.subarray(from, end));
    // oxlint-disable-next-line no-control-regex
    return /[\u0000-\u001f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** The number that the digits from `from` to `end` write; undefined where that is not exact, or starts with a 0 too many. */
function decodeDigits(bytes: Uint8Array, from: number, end: number): number | undefined {
  if (end - from > maxDigits || (end - from > 1 && bytes[from] === zero)) return undefined;
  let value = 0;
  for (let at = from; at < end; at++) value = value * 10 + (bytes[at] ?? 0) - zero;
  return Number.isSafeInteger(value) ? value : undefined;
}

/**
 * Reads JSON of a known form from the bytes `from` to `to` of a file, in one pass and without building what is not asked for.
 * Unlike `JSON.parse` it sees names that come twice, cannot be made to nest, and knows where it is.
 */
export function openJson(whole: Uint8Array, from: number, to: number, file: string): JsonCursor {
  const bytes = whole.subarray(0, to);
  let place = from;
  const at = (): number => {
    while (place < to && blanks.has(bytes[place] ?? 0)) place += 1;
    return place;
  };
  const take = (character: string): boolean => {
    const found = bytes[at()] === character.charCodeAt(0);
    if (found) place += 1;
    return found;
  };
  const refuseNext = (allowed: string): never =>
    refuseBytes(file, place, `got ${describeByte(bytes[place])}, allowed: ${allowed}`);
  const expect = (character: string): void => {
    if (!take(character)) refuseNext(JSON.stringify(character));
  };
  const readText = (): string => {
    expect('"');
    const start = place;
    const { end, escapes } = findQuote(bytes, start);
    if (end >= to) refuseBytes(file, start - 1, "got a string without an end, allowed: one that is closed");
    place = end + 1;
    const text = decodeText(bytes, start, end, escapes);
    return (
      text ?? refuseBytes(file, start - 1, "got a broken string, allowed: UTF-8 with the escapes of JSON")
    );
  };
  const readInteger = (): number => {
    const start = at();
    while ((bytes[place] ?? 0) >= zero && (bytes[place] ?? 0) <= nine) place += 1;
    if (place === start) refuseNext("a whole number");
    return (
      decodeDigits(bytes, start, place) ??
      refuseBytes(file, start, `got ${place - start} digits, allowed: a whole number from 0 to 2^53 - 1`)
    );
  };
  return { take, expect, readText, readInteger, atEnd: () => at() >= to, at };
}

import { LoadlineError } from "../../shared/errors.ts";
import { describeValue } from "../../shared/options.ts";
import { lineAndColumn } from "./parse-json.ts";

/** Largest input in bytes: a JavaScript string holds at most 2^29 - 24 units, and a decoder gives no clear error beyond. */
const maximumInputBytes = 500_000_000;

/** Length of the well-formed UTF-8 sequence at `index` (Unicode 16, table 3-7), 0 when there is none. */
function sequenceLength(bytes: Uint8Array, index: number): number {
  const first = bytes[index] ?? 0;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || index + length > bytes.length) return 0;
  const second = bytes[index + 1] ?? 0;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let at = index + 2; at < index + length; at += 1) if (((bytes[at] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}

function firstBadByte(bytes: Uint8Array): number {
  let index = 0;
  while (index < bytes.length) {
    const length = sequenceLength(bytes, index);
    if (length === 0) return index;
    index += length;
  }
  return index;
}

function decodeBytes(bytes: Uint8Array): string {
  if (bytes.length > maximumInputBytes) {
    throw new LoadlineError(
      "invalid-json",
      `input: got ${bytes.length} bytes, allowed: at most ${maximumInputBytes}`,
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    const offset = firstBadByte(bytes);
    const byte = bytes[offset]?.toString(16).padStart(2, "0");
    throw new LoadlineError(
      "invalid-json",
      `input: got the byte 0x${byte} at byte ${offset}, allowed: UTF-8`,
      {
        cause,
        details: { byteOffset: offset },
      },
    );
  }
}

/**
 * The text of an input, without its byte order mark. Errors, all `invalid-json`: bytes that are not UTF-8 (with the byte's
 * offset), a string with an unpaired surrogate (it could not be stored as UTF-8 and come back the same), nothing but blanks.
 */
export function decodeInput(input: string | Uint8Array): string {
  if (typeof input !== "string" && !(input instanceof Uint8Array)) {
    throw new LoadlineError(
      "invalid-option",
      `input: got ${describeValue(input)}, allowed: a string or bytes`,
    );
  }
  const decoded = typeof input === "string" ? input : decodeBytes(input);
  const text = decoded.startsWith("\uFEFF") ? decoded.slice(1) : decoded;
  if (!text.isWellFormed()) refuseSurrogate(text);
  if (!/[^ \t\r\n]/.test(text)) {
    throw new LoadlineError("invalid-json", "input: got nothing, allowed: JSON or JSON lines");
  }
  return text;
}

function refuseSurrogate(text: string): never {
  const match = /[\uD800-\uDFFF]/u.exec(text);
  const offset = match?.index ?? 0;
  const { line, column } = lineAndColumn(text, offset);
  const code = text.charCodeAt(offset).toString(16);
  throw new LoadlineError(
    "invalid-json",
    `input: got the unpaired surrogate U+${code.toUpperCase()} at line ${line}, column ${column}, allowed: whole characters, or the escape \\u${code}`,
    { details: { line, column, offset } },
  );
}

import { decodeUtf8 } from "../../../shared/json/decode-utf8.ts";
import { LoadlineError } from "../../../shared/errors.ts";
import { describeValue } from "../../../shared/options.ts";
import { findLineAndColumn } from "./parse-json.ts";

/** Largest input in bytes. A JavaScript string holds at most 2^29 - 24 units, and a decoder gives no clear error beyond that. */
const maxInputBytes = 500_000_000;

/**
 * Whether the bytes from `start` to the end are the beginning of a character, in a text of several lines: the last line of a log is cut
 * anywhere while an agent is writing it.
 */
function isCutCharacter(bytes: Uint8Array, start: number): boolean {
  const first = bytes[start] ?? 0;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  const rest = bytes.subarray(start + 1);
  const isLead = first >= 0xc2 && first <= 0xf4;
  return (
    isLead && rest.length < length - 1 && rest.every((byte) => (byte & 0xc0) === 0x80) && bytes.includes(0x0a)
  );
}

function decodeBytes(bytes: Uint8Array): string {
  if (bytes.length > maxInputBytes) {
    throw new LoadlineError(
      "invalid-json",
      `input: got ${bytes.length} bytes, allowed: at most ${maxInputBytes}; split it into several files`,
    );
  }
  const text = decodeUtf8(bytes);
  if (typeof text === "string") return text;
  if (isCutCharacter(bytes, text.byte)) return decodeBytes(bytes.subarray(0, text.byte));
  throw new LoadlineError(
    "invalid-json",
    `input: got the byte ${text.got} at byte ${text.byte}, allowed: UTF-8`,
    { cause: text.cause, details: { byteOffset: text.byte } },
  );
}

/**
 * Decodes an input to text, without its byte order mark.
 * Errors: `invalid-json` for bytes that are not UTF-8 (with the byte's offset), for a string with an unpaired surrogate (it
 * could not be stored as UTF-8 and read back unchanged), and for an input of nothing but whitespace; `invalid-option` for any
 * other type.
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
    throw new LoadlineError("invalid-json", "input is empty: give JSON or JSON lines");
  }
  return text;
}

function refuseSurrogate(text: string): never {
  const match = /[\uD800-\uDFFF]/u.exec(text);
  const offset = match?.index ?? 0;
  const { line, column } = findLineAndColumn(text, offset);
  const code = text.charCodeAt(offset).toString(16);
  throw new LoadlineError(
    "invalid-json",
    `input: got the unpaired surrogate U+${code.toUpperCase()} at line ${line}, column ${column}, allowed: surrogate pairs, or the escape \\u${code}`,
    { details: { line, column, offset } },
  );
}

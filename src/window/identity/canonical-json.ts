/** A number as its JSON text writes it, for those that a double may not hold. */
class ExactNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Numbers that a double may not print as they were written: 16 digits or more, a fraction, an exponent. */
const oddNumber = /\d{16}|\d[.eE]/;
/** Digits up to which a number is written out, without an exponent. */
const maxWrittenDigits = 40;
/** Members that mark a block for a cache or for bookkeeping, and say nothing. */
const marks = new Set(["cache_control", "cachePoint", "providerOptions", "providerMetadata"]);

/**
 * Returns a JSON text in the one form of all texts with the same value: sorted keys, no blanks, exact numbers (1.0 = 1), without
 * cache marks and nulls in objects. A text that is not JSON comes back trimmed.
 */
export function canonicalJson(text: string): string {
  const trimmed = text.trim();
  try {
    const value: unknown = oddNumber.test(trimmed) ? parseExact(trimmed) : JSON.parse(trimmed);
    return write(value);
  } catch {
    return trimmed;
  }
}

type ExactReviver = (key: string, value: unknown, context?: { readonly source?: string }) => unknown;

function parseExact(text: string): unknown {
  const keepSource: ExactReviver = (_, value, context) =>
    typeof value === "number" && context?.source !== undefined ? new ExactNumber(context.source) : value;
  return JSON.parse(text, keepSource);
}

function write(value: unknown): string {
  if (value instanceof ExactNumber) return canonicalNumber(value.text);
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([key, member]) => member !== null && !marks.has(key))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${write(member)}`).join(",")}}`;
}

/** Returns a JSON number in the one form of its value: digits if they are few, else digits and an exponent. */
export function canonicalNumber(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) return text;
  const [, sign = "", whole = "", fraction = "", power = "0"] = match;
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  const exponent = Number(power) - fraction.length + (digits.length - significant.length);
  return exponent >= 0 && significant.length + exponent <= maxWrittenDigits
    ? `${sign}${significant}${"0".repeat(exponent)}`
    : `${sign}${significant}e${exponent}`;
}

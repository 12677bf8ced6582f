/** Digits that a double may not hold, or an exponent: only such a text needs the slower way. */
const inexact = /\d{16}|\d[eE][+-]?\d/;

/** What `JSON.parse` passes to a reviver with a primitive value, in engines that support it. */
interface SourceContext {
  readonly source?: string;
}

type Reviver = (key: string, value: unknown, context?: SourceContext) => unknown;

const keepExact: Reviver = (_key, value, context) => {
  const source = context?.source;
  if (typeof value !== "number" || source === undefined) return value;
  const isLost = !Number.isFinite(value) || (/^-?\d+$/.test(source) && !Number.isSafeInteger(value));
  return isLost && String(value) !== source ? source : value;
};

/**
 * Parses a JSON text. A number that a double cannot hold (a 64-bit id, `1e400`) becomes its own text, because it would be changed in
 * silence. Engines without `JSON.parse` source access round it, as they always do.
 */
export function parseExact(json: string): unknown {
  return inexact.test(json) ? JSON.parse(json, keepExact) : JSON.parse(json);
}

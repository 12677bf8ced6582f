import { LoadlineError } from "./errors.ts";

/** Describes a refused value for a message: short, and never all of a large value. */
export function describeValue(value: unknown): string {
  if (typeof value === "string")
    return value.length > 40 ? `a string of ${value.length} characters` : JSON.stringify(value);
  if (value === null || value === undefined || typeof value === "number" || typeof value === "boolean")
    return String(value);
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function refuse(name: string, value: unknown, allowed: string): never {
  throw new LoadlineError("invalid-option", `${name}: got ${describeValue(value)}, allowed: ${allowed}`, {
    details: { option: name, got: describeValue(value), allowed },
  });
}

/** Returns a whole number from `min` to `max`. Errors: `invalid-option`, also for NaN, Infinity, fractions and strings. */
export function requireInteger(
  name: string,
  value: unknown,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < min || value > max) {
    refuse(
      name,
      value,
      max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min}` : `a whole number from ${min} to ${max}`,
    );
  }
  return value;
}

/** Returns a finite number from `min` to `max`. Errors: `invalid-option`. */
export function requireNumber(name: string, value: unknown, min: number, max: number): number {
  if (typeof value !== "number" || !Number.isFinite(value) || value < min || value > max) {
    refuse(name, value, `a number from ${min} to ${max}`);
  }
  return value;
}

/** Returns a string of 1 to `maxLength` characters. Errors: `invalid-option`. */
export function requireText(name: string, value: unknown, maxLength = 1000): string {
  if (typeof value !== "string" || value.length === 0 || value.length > maxLength) {
    refuse(name, value, `a string of 1 to ${maxLength} characters`);
  }
  return value;
}

/** Returns one of the listed words. Errors: `invalid-option`. */
export function requireOneOf<const Choice extends string>(
  name: string,
  value: unknown,
  choices: readonly Choice[],
): Choice {
  if (typeof value !== "string" || !(choices as readonly string[]).includes(value)) {
    refuse(name, value, choices.join(", "));
  }
  return value as Choice;
}

/**
 * Checks that a value is an object with only known fields: a misspelt option would otherwise be ignored. Errors:
 * `invalid-option`.
 */
export function requireKnownFields(name: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) refuse(name, value, "an object");
  for (const field of Object.keys(value)) {
    if (!known.includes(field)) {
      throw new LoadlineError(
        "invalid-option",
        `${name}: got the unknown field ${describeValue(field)}, allowed: ${known.join(", ")}`,
        {
          details: { option: name, field, allowed: known },
        },
      );
    }
  }
}

/** Returns an option that must be true or false. Errors: `invalid-option`. */
export function requireFlag(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new LoadlineError("invalid-option", `${name}: got ${describeValue(value)}, allowed: true or false`);
}

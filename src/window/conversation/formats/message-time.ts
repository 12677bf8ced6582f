import type { Fields } from "../json/fields.ts";

/** Fields in which clients and providers note the time of a message, most reliable first. */
const timeFields = ["timestamp", "created_at", "createdAt", "created", "time", "date"] as const;

/** Smaller numbers are seconds, larger ones milliseconds: 1e11 seconds is the year 5138, 1e11 milliseconds is 1973. */
const minMilliseconds = 1e11;
/** Before 2001 (in seconds) a number is more likely a counter than a time. */
const minSeconds = 978_307_200;

// A date needs its four-digit year first: Date.parse would read "12" or "May 5" as some year or other.
const isoDate = /^\d{4}-\d{2}-\d{2}(?:[T ]|$)/;

/** Reads a time: ISO text (UTC where it names no zone), or seconds or milliseconds since 1970. Undefined for anything else. */
export function readTime(value: unknown): number | undefined {
  if (typeof value === "number" && Number.isFinite(value) && value >= minSeconds) {
    const time = Math.round(value < minMilliseconds ? value * 1000 : value);
    return time <= 8.64e15 ? time : undefined;
  }
  if (typeof value !== "string" || !isoDate.test(value)) return undefined;
  // Without a zone, UTC: the same file must read the same on every machine.
  const zoned = /[zZ]$|[+-]\d{2}:?\d{2}$/.test(value) || value.length === 10 ? value : `${value}Z`;
  const time = Date.parse(zoned.replace(" ", "T"));
  return Number.isNaN(time) ? undefined : time;
}

/** Returns the time of a message in milliseconds since 1970 UTC, if one of its fields states it. */
export function readMessageTime(fields: Fields): number | undefined {
  for (const name of timeFields) {
    const time = readTime(fields.get(name)?.value);
    if (time !== undefined) return time;
  }
  return undefined;
}

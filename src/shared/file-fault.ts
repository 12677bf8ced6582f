import { LoadlineError } from "./errors.ts";

/** An `invalid-data` error of a file, with the byte where it is known. */
export function fileFault(
  file: string,
  message: string,
  at: { readonly byte?: number; readonly cause?: unknown } = {},
): LoadlineError {
  const place = at.byte === undefined ? file : `${file}, byte ${at.byte}`;
  return new LoadlineError("invalid-data", `${place}: ${message}`, {
    details: at.byte === undefined ? { file } : { file, byte: at.byte },
    ...(at.cause === undefined ? {} : { cause: at.cause }),
  });
}

/** A name from a file as messages show it: quoted, so that it cannot move a terminal's cursor, and cut where it is long. */
export function shownName(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}

import { LoadlineError } from "./errors.ts";

/** Makes an `invalid-data` error of a file, with the byte if it is known. */
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

/** Quotes a name from a file for a message, so that it cannot move a terminal's cursor; shortens a long one. */
export function quoteName(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}

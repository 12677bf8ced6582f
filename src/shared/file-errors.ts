import { LoadlineError } from "./errors.ts";

/** The system's codes for a missing path: no such file, or a folder of the path is a file. */
const absent: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR"]);

/**
 * Makes the error for a file that could not be read from what the system threw: `not-found` if no such file, else
 * `file-unreadable` with the system's message. Returns a `LoadlineError` unchanged.
 */
export function readFault(path: string, cause: unknown): LoadlineError {
  if (cause instanceof LoadlineError) return cause;
  const facts = { cause, details: { path } };
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (absent.has(code)) return new LoadlineError("not-found", `${path}: no such file`, facts);
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new LoadlineError("file-unreadable", `${path}: cannot be read (${reason})`, facts);
}

import { LoadlineError } from "./errors.ts";

/** What the system says of a path that is not there: no such file, or a folder of the path is a file. */
const absent: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR"]);

/**
 * Returns the error for a file that could not be read, from what the system threw: `not-found` where there is no such file,
 * else `file-unreadable` with the system's words. An error of ours comes back as it is.
 */
export function readFault(path: string, cause: unknown): LoadlineError {
  if (cause instanceof LoadlineError) return cause;
  const facts = { cause, details: { path } };
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (absent.has(code)) return new LoadlineError("not-found", `${path}: there is no such file`, facts);
  const said = cause instanceof Error ? cause.message : String(cause);
  return new LoadlineError("file-unreadable", `${path}: cannot be read (${said})`, facts);
}

import { LoadlineError } from "../shared/errors.ts";

/** Refuses a file that could not be written, with the reason that the system gave. */
export function unwritable(path: string, cause: unknown): never {
  const reason = cause instanceof Error ? cause.message : String(cause);
  throw new LoadlineError("file-unwritable", `${path}: cannot be written (${reason})`, {
    cause,
    details: { path },
  });
}

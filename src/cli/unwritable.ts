import { LoadlineError } from "../shared/errors.ts";

/** Refuses a file that could not be written, with what the system said. */
export function unwritable(path: string, cause: unknown): never {
  const said = cause instanceof Error ? cause.message : String(cause);
  throw new LoadlineError("file-unwritable", `${path}: cannot be written (${said})`, {
    cause,
    details: { path },
  });
}

import { LoadlineError, isLoadlineError } from "../../../shared/errors.ts";

/** SQLite's primary result codes that mean something to us (sqlite.org/rescode.html). */
const codes = {
  busy: 5,
  locked: 6,
  readonly: 8,
  ioerr: 10,
  corrupt: 11,
  full: 13,
  cantopen: 14,
  notadb: 26,
} as const;

function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number")
    return undefined;
  return error.errcode & 0xff;
}

/** True when another connection holds the lock: trying again can help. */
export function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code === codes.busy || code === codes.locked;
}

/** The error for a wait that was too long; `waited` in milliseconds. */
export function lockedError(
  cause: unknown,
  what: string,
  {
    path,
    waited,
    lockTimeoutMs,
  }: { readonly path: string; readonly waited: number; readonly lockTimeoutMs: number },
): LoadlineError {
  const waitedMs = Math.round(waited);
  return new LoadlineError(
    "store-locked",
    `${what}: waited ${waitedMs} ms for ${path}, which another connection keeps locked; nothing was written`,
    { cause, details: { path, waitedMs, lockTimeoutMs } },
  );
}

/** The error of ours for an error of SQLite; `what` names the work that failed. */
export function storeError(error: unknown, what: string, path: string): LoadlineError {
  if (isLoadlineError(error)) return error;
  const said = error instanceof Error ? error.message : String(error);
  const details = { path };
  switch (primaryCode(error)) {
    case codes.busy:
    case codes.locked:
      return new LoadlineError(
        "store-locked",
        `${what}: the database ${path} is locked by another connection`,
        { cause: error, details },
      );
    case codes.full:
      return new LoadlineError(
        "store-full",
        `${what}: no room for the database ${path}; nothing of it was written`,
        { cause: error, details },
      );
    case codes.ioerr:
      return new LoadlineError(
        "store-full",
        `${what}: the disk refused to write or read ${path} (${said}); nothing of it was written`,
        { cause: error, details },
      );
    case codes.corrupt:
    case codes.notadb:
      return new LoadlineError("store-corrupt", `${what}: ${path} is damaged or not a database (${said})`, {
        cause: error,
        details,
      });
    case codes.cantopen:
      return new LoadlineError(
        "file-unreadable",
        `${what}: cannot open ${path}, allowed: a file in a folder that exists`,
        { cause: error, details },
      );
    case codes.readonly:
      return new LoadlineError("file-unwritable", `${what}: ${path} cannot be written`, {
        cause: error,
        details,
      });
    default:
      return new LoadlineError("store-failed", `${what}: ${said}`, { cause: error, details });
  }
}

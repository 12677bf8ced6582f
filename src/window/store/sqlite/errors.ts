import { LoadlineError, isLoadlineError } from "../../../shared/errors.ts";

/** SQLite's primary result codes that mean something to us (sqlite.org/rescode.html). */
const codes = {
  busy: 5,
  locked: 6,
  readonly: 8,
  corrupt: 11,
  full: 13,
  cantopen: 14,
  notadb: 26,
} as const;

/** Extended codes of `ioerr` that say the disk would not take more: write, fsync, directory fsync, truncate, shared-memory size. */
const noRoom: ReadonlySet<number> = new Set([778, 1034, 1290, 1546, 4874]);
/** Extended codes of `ioerr` that say the file is not what it was: short read, failed checksum, damaged file system. */
const notWhole: ReadonlySet<number> = new Set([522, 8202, 8458]);

/** SQLite's result code of an error; the extended one, whose lowest byte is the primary one. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number")
    return undefined;
  return error.errcode;
}

function primaryCode(error: unknown): number | undefined {
  const code = resultCode(error);
  if (code === undefined) return undefined;
  if (noRoom.has(code)) return codes.full;
  if (notWhole.has(code)) return codes.corrupt;
  return code & 0xff;
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
        `${what}: no room for the database ${path} (${said}); nothing of it was written`,
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

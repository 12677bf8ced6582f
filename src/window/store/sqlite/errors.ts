import { LoadlineError, isLoadlineError } from "../../../shared/errors.ts";

/** SQLite's primary result codes that get an error code of ours (sqlite.org/rescode.html). */
const codes = {
  busy: 5,
  locked: 6,
  readonly: 8,
  corrupt: 11,
  full: 13,
  cantopen: 14,
  notadb: 26,
} as const;

/** Extended codes of `ioerr` for a disk that is full: write, fsync, directory fsync, truncate, shared-memory size. */
const diskFull: ReadonlySet<number> = new Set([778, 1034, 1290, 1546, 4874]);
/** Extended codes of `ioerr` for a damaged file: short read, failed checksum, damaged file system. */
const damagedFile: ReadonlySet<number> = new Set([522, 8202, 8458]);

/** Returns SQLite's extended result code, whose lowest byte is the primary code. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number")
    return undefined;
  return error.errcode;
}

function primaryCode(error: unknown): number | undefined {
  const code = resultCode(error);
  if (code === undefined) return undefined;
  if (diskFull.has(code)) return codes.full;
  if (damagedFile.has(code)) return codes.corrupt;
  return code & 0xff;
}

/** Returns true when another connection holds the lock, so that a retry can succeed. */
export function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code === codes.busy || code === codes.locked;
}

/** Makes the error for a lock that stayed taken; `waitedMs` is rounded. */
export function lockedError(
  cause: unknown,
  what: string,
  wait: { readonly path: string; readonly waitedMs: number; readonly lockTimeoutMs: number },
): LoadlineError {
  const { path, lockTimeoutMs } = wait;
  const waitedMs = Math.round(wait.waitedMs);
  return new LoadlineError(
    "store-locked",
    `${what}: ${path} stayed locked by another connection for ${waitedMs} ms, nothing was written; try again or raise lockTimeoutMs`,
    { cause, details: { path, waitedMs, lockTimeoutMs } },
  );
}

/** Translates an error of SQLite; `what` names the work that failed. */
export function storeError(error: unknown, what: string, path: string): LoadlineError {
  if (isLoadlineError(error)) return error;
  const reported = error instanceof Error ? error.message : String(error);
  const details = { path };
  switch (primaryCode(error)) {
    case codes.busy:
    case codes.locked:
      return new LoadlineError(
        "store-locked",
        `${what}: ${path} is locked by another connection; try again`,
        { cause: error, details },
      );
    case codes.full:
      return new LoadlineError(
        "store-full",
        `${what}: no space for ${path} (${reported}), nothing was written; free disk space or raise maxBytes`,
        { cause: error, details },
      );
    case codes.corrupt:
    case codes.notadb:
      return new LoadlineError(
        "store-corrupt",
        `${what}: ${path} is damaged or not a database (${reported}); restore it from a backup`,
        {
          cause: error,
          details,
        },
      );
    case codes.cantopen:
      return new LoadlineError(
        "file-unreadable",
        `${what}: cannot open ${path}; check that its folder exists and is readable`,
        { cause: error, details },
      );
    case codes.readonly:
      return new LoadlineError(
        "file-unwritable",
        `${what}: ${path} cannot be written; check its permissions`,
        {
          cause: error,
          details,
        },
      );
    default:
      return new LoadlineError("store-failed", `${what}: ${reported}`, { cause: error, details });
  }
}

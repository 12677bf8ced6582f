import { LoadlineError } from "../../../shared/errors.ts";
import { requireInteger, requireKnownFields, requireText } from "../../../shared/options.ts";
import type { Store } from "../store.ts";
import { isBusy, lockedError, storeError } from "./errors.ts";
import { pickOpenRetryMs, sleep } from "./lock-retry.ts";
import { refuseForeign, upgradeSchema } from "./schema.ts";
import { SqliteStore } from "./sqlite-store.ts";

/** How to open a SQLite store. */
export interface SqliteStoreOptions {
  /** The database file; created if missing. Its folder must exist. */
  readonly path: string;
  /** How long a write waits for other processes before it fails with `store-locked`, in milliseconds. Default 10,000. */
  readonly lockTimeoutMs?: number;
  /**
   * Maximum size of the database file, in bytes, at least 65,536 (not counting its write-ahead log of some MB). Writes beyond it
   * fail with `store-full`. Default: what the disk allows.
   */
  readonly maxBytes?: number;
}

/** How long SQLite itself waits for a lock while opening. Blocks the event loop, so longer waits are ours. */
const openLockMs = 20;

const minDatabaseBytes = 65_536;
const defaultLockTimeoutMs = 10_000;
const maxLockTimeoutMs = 3_600_000;
const maxPathLength = 4096;

/**
 * Opens a store in a SQLite file: write-ahead log, full synchronous, one writer per process with group commit. Several
 * processes may share the file. Errors: `store-corrupt`, `store-newer`, `store-locked`, `file-unreadable`, `file-unwritable`.
 */
export async function openSqliteFile(options: SqliteStoreOptions): Promise<Store> {
  requireKnownFields("sqlite store", options, ["path", "lockTimeoutMs", "maxBytes"]);
  const path = requireText("path", options.path, maxPathLength);
  const lockTimeoutMs = requireInteger(
    "lockTimeoutMs",
    options.lockTimeoutMs ?? defaultLockTimeoutMs,
    0,
    maxLockTimeoutMs,
  );
  const { maxBytes } = options;
  if (maxBytes !== undefined) requireInteger("maxBytes", maxBytes, minDatabaseBytes);
  const start = performance.now();
  for (;;) {
    try {
      return openOnce(path, lockTimeoutMs, maxBytes);
    } catch (error) {
      const waitedMs = performance.now() - start;
      if (!isBusy(error)) throw storeError(error, "open", path);
      if (waitedMs >= lockTimeoutMs) throw lockedError(error, "open", { path, waitedMs, lockTimeoutMs });
      await sleep(pickOpenRetryMs());
    }
  }
}

/**
 * Returns Node's SQLite. Loaded when a file is opened instead of imported, because a bundler for the browser refuses a `node:` import
 * even where it is never reached.
 */
function loadSqlite() {
  const node = globalThis.process as typeof globalThis.process | undefined;
  if (typeof node?.getBuiltinModule !== "function") {
    throw new LoadlineError(
      "invalid-option",
      'store: only Node.js can open a SQLite file. Elsewhere use { kind: "memory" }, or hand in a store of your own',
      { details: { option: "store" } },
    );
  }
  return node.getBuiltinModule("node:sqlite");
}

function openOnce(path: string, lockTimeoutMs: number, maxBytes: number | undefined): Store {
  const database = new (loadSqlite().DatabaseSync)(path);
  try {
    database.exec(`PRAGMA busy_timeout = ${openLockMs}`);
    refuseForeign(database, path);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;");
    if (maxBytes !== undefined) {
      const pageSize = Number(database.prepare("PRAGMA page_size").get()?.["page_size"]);
      database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / pageSize))}`);
    }
    upgradeSchema(database, path);
    // From here on the group writer waits for the lock, without blocking the event loop.
    database.exec("PRAGMA busy_timeout = 0");
    return new SqliteStore(database, path, lockTimeoutMs);
  } catch (error) {
    database.close();
    throw error;
  }
}

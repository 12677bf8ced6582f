import type { SqliteStoreOptions } from "./sqlite/open-sqlite-file.ts";
import type { Store } from "./store.ts";

/**
 * Opens a store in a SQLite file: write-ahead log, full synchronous, one writer per process with group commit. Several processes may
 * share the file. Errors: `store-corrupt`, `store-newer`, `store-locked`, `file-unreadable`, `file-unwritable`.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  // Loaded only when used: Node 22 prints a warning as soon as node:sqlite is loaded.
  const { openSqliteFile } = await import("./sqlite/open-sqlite-file.ts");
  return openSqliteFile(options);
}

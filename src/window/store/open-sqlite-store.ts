import type { SqliteStoreOptions } from "./sqlite/open-sqlite-file.ts";
import type { Store } from "./store.ts";

/**
 * Opens a store in a SQLite file: write-ahead log, full synchronous, one writer per process with group commit. Several
 * processes may share the file. Errors: `store-corrupt`, `store-newer`, `store-locked`, `file-unreadable`, `file-unwritable`.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  // Loaded only when it is used: Node 22 warns on standard error as soon as node:sqlite is imported.
  const { openSqliteFile } = await import("./sqlite/open-sqlite-file.ts");
  return openSqliteFile(options);
}

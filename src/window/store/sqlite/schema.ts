import type { DatabaseSync } from "node:sqlite";
import { LoadlineError } from "../../../shared/errors.ts";
import { linesAndEntries } from "./upgrades/1-lines-and-entries.ts";
import { addSearch } from "./upgrades/2-search.ts";

/** Marks a database file as Loadline's: "LOAD" in ASCII. */
const applicationId = 0x4c_4f_41_44;

/** Entries a thread can hold: an entry's id is thread number * 2^30 + seq, which stays exact in a double up to 8 million threads. */
export const entriesPerThread: number = 2 ** 30;

/** One step per version, in order; step i raises version i to i + 1. */
const upgrades: readonly ((database: DatabaseSync) => void)[] = [
  (database) => database.exec(linesAndEntries),
  (database) => addSearch(database, entriesPerThread),
];

/** The version this code writes. */
export const schemaVersion: number = upgrades.length;

function pragma(database: DatabaseSync, name: "user_version" | "application_id"): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

/**
 * Makes or upgrades the schema, in one transaction that holds the write lock, so that two processes opening at once do not
 * both do it. `upTo` stops earlier, for tests of the steps. Errors: `store-newer`, `store-corrupt`; the file is untouched then.
 */
export function upgradeSchema(database: DatabaseSync, path: string, upTo: number = schemaVersion): void {
  if (pragma(database, "user_version") === upTo && pragma(database, "application_id") === applicationId)
    return;
  database.exec("BEGIN IMMEDIATE");
  try {
    const version = pragma(database, "user_version");
    refuseForeign(database, path, version);
    for (const upgrade of upgrades.slice(version, upTo)) upgrade(database);
    database.exec(`PRAGMA application_id = ${applicationId}`);
    database.exec(`PRAGMA user_version = ${upTo}`);
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** Refuses a database of a newer Loadline or of another application, before anything is written to it. */
export function refuseForeign(
  database: DatabaseSync,
  path: string,
  version: number = pragma(database, "user_version"),
): void {
  const id = pragma(database, "application_id");
  const tables = Number(database.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.["n"]);
  if (id !== applicationId && (id !== 0 || tables > 0 || version > 0)) {
    throw new LoadlineError(
      "store-corrupt",
      `${path}: got a database of another application, allowed: a new file or a Loadline store`,
      {
        details: { path },
      },
    );
  }
  if (version > schemaVersion) {
    throw new LoadlineError(
      "store-newer",
      `${path}: got schema version ${version}, allowed: up to ${schemaVersion}; update loadline`,
      {
        details: { path, version, allowed: schemaVersion },
      },
    );
  }
}

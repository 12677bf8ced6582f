import type { DatabaseSync } from "node:sqlite";
import { LoadlineError } from "../../../shared/errors.ts";
import { linesAndEntries } from "./upgrades/1-lines-and-entries.ts";
import { makeStoredKeys } from "./entry-keys.ts";
import { addSearch } from "./upgrades/2-search.ts";
import { addKeysAndTexts } from "./upgrades/3-keys-and-texts.ts";
import type { MakeKeys } from "./upgrades/3-copy-entries.ts";

/** Identifies Loadline's database files: "LOAD" in ASCII. */
const applicationId = 0x4c_4f_41_44;

/** Capacity of a thread: an entry's id is thread number * 2^30 + seq, which is exact in a double up to 8 million threads. */
export const entriesPerThread: number = 2 ** 30;

/** One step per version, in order; step i upgrades version i to i + 1. */
const upgrades: readonly ((database: DatabaseSync, makeKeys: MakeKeys) => void)[] = [
  (database) => database.exec(linesAndEntries),
  (database) => addSearch(database, entriesPerThread),
  (database, makeKeys) => addKeysAndTexts(database, entriesPerThread, makeKeys),
];

/** The schema version that this code writes. */
export const schemaVersion: number = upgrades.length;

function readPragma(database: DatabaseSync, name: "user_version" | "application_id"): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

/**
 * Creates or upgrades the schema in one transaction that holds the write lock, so that of two processes opening at once only one does
 * it. Errors: `store-newer`, `store-corrupt`; both leave the file unchanged.
 */
export function upgradeSchema(
  database: DatabaseSync,
  path: string,
  makeKeys: MakeKeys = makeStoredKeys,
): void {
  if (
    readPragma(database, "user_version") === schemaVersion &&
    readPragma(database, "application_id") === applicationId
  )
    return;
  database.exec("BEGIN IMMEDIATE");
  try {
    const version = readPragma(database, "user_version");
    refuseForeign(database, path, version);
    for (const upgrade of upgrades.slice(version)) upgrade(database, makeKeys);
    database.exec(`PRAGMA application_id = ${applicationId}`);
    database.exec(`PRAGMA user_version = ${schemaVersion}`);
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** Refuses a database of a newer Loadline or of another application before anything is written. Errors: `store-newer`, `store-corrupt`. */
export function refuseForeign(
  database: DatabaseSync,
  path: string,
  version: number = readPragma(database, "user_version"),
): void {
  const id = readPragma(database, "application_id");
  const tables = Number(database.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.["n"]);
  if (id !== applicationId && (id !== 0 || tables > 0 || version > 0)) {
    throw new LoadlineError(
      "store-corrupt",
      `${path} is a database of another application; choose a new file or a Loadline store`,
      {
        details: { path },
      },
    );
  }
  if (version > schemaVersion) {
    throw new LoadlineError(
      "store-newer",
      `${path} has schema version ${version}, this Loadline reads up to ${schemaVersion}; update loadline`,
      {
        details: { path, version, allowed: schemaVersion },
      },
    );
  }
}

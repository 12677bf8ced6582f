import type { DatabaseSync } from "node:sqlite";
import { chainHash } from "../../conversation/identity.ts";
import type { LineReader } from "./line-reader.ts";
import { entryId, readEntry, readLine } from "./rows.ts";

/** How many faults are listed; a ruined file has more than anyone reads. */
const mostFaults = 100;

/** Checks the database's own structure, its full-text index and every entry's hash; gives the faults in words. */
export function verifyDatabase(database: DatabaseSync, reader: LineReader): readonly string[] {
  const faults: string[] = [];
  for (const row of database.prepare("PRAGMA integrity_check(100)").all()) {
    const said = String(row["integrity_check"]);
    if (said !== "ok") faults.push(`database: ${said}`);
  }
  const own = database.prepare("SELECT * FROM entries WHERE id >= ? AND id < ? ORDER BY id");
  for (const lineRow of database.prepare("SELECT * FROM lines ORDER BY number").all()) {
    const line = readLine(lineRow);
    let parent = line.forkSeq === 0 ? "" : (reader.hashAt(line, line.forkSeq - 1) ?? "");
    let seq = line.forkSeq;
    for (const row of own.iterate(entryId(line.number, 0), entryId(line.number + 1, 0))) {
      if (faults.length >= mostFaults) return faults;
      const entry = readEntry(row);
      if (entry.seq !== seq) faults.push(`line ${line.line}: entry ${seq} is missing`);
      if (entry.hash !== chainHash(parent, entry.json))
        faults.push(`line ${line.line}, entry ${entry.seq}: the hash does not fit`);
      parent = entry.hash;
      seq = entry.seq + 1;
    }
  }
  return faults;
}

import type { DatabaseSync } from "node:sqlite";
import { chainKey } from "../../conversation/message/identity.ts";
import { decodeAnswer } from "./answer-table.ts";
import type { EventTable } from "./event-table.ts";
import { makeEntryId, readEntry, readThread, selectEntries, selectThreads } from "./rows.ts";
import type { NumberedThread, Row } from "./rows.ts";
import { entriesPerThread } from "./schema.ts";
import type { SentTable } from "./sent-table.ts";
import { hashText } from "./text-table.ts";
import type { ThreadReader } from "./thread-reader.ts";

/** Faults listed; a ruined file has more than anyone reads. */
const maxFaults = 100;

interface Tables {
  readonly reader: ThreadReader;
  readonly events: EventTable;
  readonly sent: SentTable;
}

/** Collects faults; what a check throws is one, so that the next check still runs. */
class Faults {
  readonly list: string[] = [];

  get areFull(): boolean {
    return this.list.length >= maxFaults;
  }

  attempt(where: string, check: () => void): void {
    if (this.areFull) return;
    try {
      check();
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      this.list.push(said.startsWith(where) ? said : `${where}: ${said}`);
    }
  }
}

/**
 * Checks the database's own structure, its full-text index, and every record's place, chain and checksum; returns at most 100 faults.
 * Entries missing from a thread's end cannot be noticed.
 */
export function verifyDatabase(database: DatabaseSync, tables: Tables): readonly string[] {
  const faults = new Faults();
  faults.attempt("database", () => {
    for (const row of database.prepare(`PRAGMA integrity_check(${maxFaults})`).all()) {
      const said = String(row["integrity_check"]);
      if (said !== "ok") faults.list.push(`database: ${said}`);
    }
  });
  faults.attempt("search index", () => {
    const count = (table: string): number =>
      Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"]);
    const [indexed, entries] = [count("entry_words_docsize"), count("entries")];
    if (indexed !== entries)
      faults.list.push(`search index: has ${indexed} entries, the store has ${entries}`);
  });
  const read = database.prepare(`${selectThreads} ORDER BY threads.number`);
  faults.attempt("threads", () => {
    for (const row of read.all()) {
      faults.attempt("thread", () => {
        const thread = readThread(row);
        const name = `thread ${thread.thread}`;
        faults.attempt(name, () => checkEntries(database, tables.reader, thread, faults));
        faults.attempt(name, () => checkEvents(database, tables.events, thread, faults));
        faults.attempt(name, () => checkAnswers(database, thread, faults));
        faults.attempt(name, () => void tables.sent.read(thread));
      });
    }
  });
  return faults.list.slice(0, maxFaults);
}

function checkEntries(
  database: DatabaseSync,
  reader: ThreadReader,
  thread: NumberedThread,
  faults: Faults,
): void {
  const name = `thread ${thread.thread}`;
  let parent = thread.forkSeq === 0 ? "" : reader.chainAt(thread, thread.forkSeq - 1);
  if (parent === undefined) faults.list.push(`${name}: entry ${thread.forkSeq - 1} of its parent is missing`);
  let seq = thread.forkSeq;
  const own = database.prepare(
    `${selectEntries.replace(" FROM ", ", texts.owner AS text_owner, texts.hash AS text_hash FROM ")} WHERE entries.id >= ? AND entries.id < ? ORDER BY entries.id`,
  );
  for (const row of own.iterate(makeEntryId(thread.number, 0), makeEntryId(thread.number + 1, 0))) {
    if (faults.areFull) return;
    const place = Number(row["id"]) % entriesPerThread;
    if (place !== seq) faults.list.push(`${name}: entry ${seq} is missing`);
    faults.attempt(`${name}, entry ${place}`, () => {
      const entry = readEntry(row, thread.thread, "whole");
      if (parent !== undefined && entry.chain !== chainKey(parent, entry.key))
        throw new Error("the chain does not match");
      checkText(row, thread);
    });
    parent = typeof row["chain"] === "string" ? row["chain"] : undefined;
    seq = place + 1;
  }
}

/** Refuses a text of another owner, and one that its hash would not find. */
function checkText(row: Row, { ownerNumber }: NumberedThread): void {
  if (row["text_owner"] !== ownerNumber) throw new Error("its text belongs to another owner");
  const hash = row["text_hash"];
  if (!(hash instanceof Uint8Array) || Buffer.compare(hash, hashText(String(row["json"]))) !== 0)
    throw new Error("its text's hash does not match");
}

function checkEvents(
  database: DatabaseSync,
  events: EventTable,
  thread: NumberedThread,
  faults: Faults,
): void {
  let next = 0;
  const rows = database.prepare("SELECT * FROM events WHERE thread = ? ORDER BY place");
  for (const row of rows.all(thread.number)) {
    const place = Number(row["place"]);
    if (place !== next) faults.list.push(`thread ${thread.thread}: its events have gaps`);
    faults.attempt(`thread ${thread.thread}, event ${place}`, () => void events.decode(row, thread.thread));
    next = place + 1;
  }
}

function checkAnswers(database: DatabaseSync, thread: NumberedThread, faults: Faults): void {
  let next = 0;
  const rows = database.prepare(
    "SELECT answers.*, texts.text AS json, texts.owner AS text_owner, texts.hash AS text_hash FROM answers LEFT JOIN texts ON texts.id = answers.text WHERE answers.id >= ? AND answers.id < ? ORDER BY answers.id",
  );
  for (const row of rows.iterate(makeEntryId(thread.number, 0), makeEntryId(thread.number + 1, 0))) {
    const index = Number(row["id"]) % entriesPerThread;
    if (index !== next) faults.list.push(`thread ${thread.thread}: its answers have gaps`);
    faults.attempt(`thread ${thread.thread}, answer ${index}`, () => {
      decodeAnswer(row, thread.thread);
      checkText(row, thread);
    });
    next = index + 1;
  }
}

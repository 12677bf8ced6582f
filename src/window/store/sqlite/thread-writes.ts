import type { DatabaseSync, StatementSync } from "node:sqlite";
import { checkForkPlace, noSuchThread, selectEntriesToWrite } from "../append-check.ts";
import { changeRecord } from "../change-record.ts";
import { encodeParts } from "../encode-entry.ts";
import type { Entry, ThreadChanges, ThreadEvent, ThreadHead, ThreadRecord } from "../store.ts";
import type { EventTable } from "./event-table.ts";
import { makeEntryId } from "./rows.ts";
import type { NumberedThread } from "./rows.ts";
import { encodeTerms } from "./search-words.ts";
import type { TextTable } from "./text-table.ts";
import type { ThreadReader } from "./thread-reader.ts";

/** The other tables that a write of threads needs. */
interface Tables {
  readonly reader: ThreadReader;
  readonly texts: TextTable;
  readonly events: EventTable;
}

/** Performs the writes, each inside a transaction of the group writer. Checks come first: a write that throws has changed nothing. */
export class ThreadWrites {
  readonly #tables: Tables;
  readonly #owner: StatementSync;
  readonly #ownerNumber: StatementSync;
  readonly #thread: StatementSync;
  readonly #change: StatementSync;
  readonly #entry: StatementSync;
  readonly #words: StatementSync;
  readonly #calibration: StatementSync;

  constructor(database: DatabaseSync, tables: Tables) {
    this.#tables = tables;
    this.#owner = database.prepare("INSERT INTO owners (owner) VALUES (?) ON CONFLICT (owner) DO NOTHING");
    this.#ownerNumber = database.prepare("SELECT number FROM owners WHERE owner = ?");
    this.#thread = database.prepare(
      "INSERT INTO threads (thread, owner, parent, fork_seq, created, session, continues, provisional_until, key_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    this.#change = database.prepare(
      "UPDATE threads SET session = ?, continues = ?, provisional_until = ? WHERE number = ?",
    );
    this.#entry = database.prepare(
      "INSERT INTO entries (id, text, key, chain, checksum, format, role, speaker, time, tokens, counter, hidden, parts, terms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    this.#words = database.prepare("INSERT INTO entry_words (rowid, words) VALUES (?, ?)");
    this.#calibration = database.prepare(
      "INSERT INTO calibrations (model, json) VALUES (?, ?) ON CONFLICT (model) DO UPDATE SET json = excluded.json",
    );
  }

  openThread(record: ThreadRecord): NumberedThread {
    const { reader } = this.#tables;
    const held = reader.findNow(record.thread);
    if (held !== undefined) return held;
    checkForkPlace(record);
    if (record.parent !== undefined) {
      const parent = reader.need(record.parent);
      if (reader.head(parent).length < record.forkSeq) throw noSuchThread(record.parent);
    }
    this.#owner.run(record.owner);
    const ownerNumber = Number(this.#ownerNumber.get(record.owner)?.["number"]);
    const { lastInsertRowid } = this.#thread.run(
      record.thread,
      ownerNumber,
      record.parent ?? null,
      record.forkSeq,
      record.created,
      record.session ?? null,
      record.continues ?? null,
      record.provisionalUntil ?? null,
      record.keyVersion,
    );
    return { ...record, number: Number(lastInsertRowid), ownerNumber };
  }

  changeThread(thread: string, changes: ThreadChanges): ThreadRecord {
    const { number, ownerNumber: _, ...held } = this.#tables.reader.findNow(thread) ?? fail(thread);
    const record = changeRecord(held, changes);
    const { session, continues, provisionalUntil } = record;
    this.#change.run(session ?? null, continues ?? null, provisionalUntil ?? null, number);
    return record;
  }

  append(thread: string, entries: readonly Entry[], events: readonly ThreadEvent[]): ThreadHead {
    const { reader, texts, events: eventTable } = this.#tables;
    const record = reader.need(thread);
    const head = reader.head(record);
    const write = selectEntriesToWrite(thread, head, entries, (seq) => reader.chainAt(record, seq));
    eventTable.check(record, events);
    for (const entry of write) {
      const id = makeEntryId(record.number, entry.seq);
      this.#entry.run(
        id,
        texts.keep(record.ownerNumber, entry.json),
        entry.key,
        entry.chain,
        entry.checksum,
        entry.format,
        entry.role,
        entry.speaker ?? null,
        Math.round(entry.time),
        entry.tokens,
        entry.counter,
        entry.hidden ? 1 : 0,
        encodeParts(entry.parts),
        entry.terms,
      );
      this.#words.run(id, encodeTerms(record.number, entry.terms));
    }
    eventTable.append(record, events);
    const last = write.at(-1);
    return last === undefined ? head : { length: last.seq + 1, chain: last.chain };
  }

  writeCalibration(model: string, json: string): void {
    this.#calibration.run(model, json);
  }
}

function fail(thread: string): never {
  throw noSuchThread(thread);
}

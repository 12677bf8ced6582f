import type { DatabaseSync, StatementSync } from "node:sqlite";
import { checkEventPlaces, checkForkPlace, selectEntriesToWrite, noSuchThread } from "../append-check.ts";
import { encodeParts } from "../encode-entry.ts";
import type { Entry, ThreadEvent, ThreadHead, ThreadRecord } from "../store.ts";
import type { ThreadReader } from "./thread-reader.ts";
import { makeEntryId } from "./rows.ts";
import type { NumberedThread } from "./rows.ts";
import { encodeTerms } from "./search-words.ts";

/** Performs the writes, each inside a transaction of the group writer. Checks come first: a write that throws has changed nothing. */
export class ThreadWrites {
  readonly #reader: ThreadReader;
  readonly #thread: StatementSync;
  readonly #entry: StatementSync;
  readonly #words: StatementSync;
  readonly #event: StatementSync;
  readonly #eventCount: StatementSync;
  readonly #calibration: StatementSync;

  constructor(database: DatabaseSync, reader: ThreadReader) {
    this.#reader = reader;
    this.#thread = database.prepare(
      "INSERT INTO lines (line, owner, parent, fork_seq, created) VALUES (?, ?, ?, ?, ?)",
    );
    this.#entry = database.prepare(
      "INSERT INTO entries (id, hash, format, role, speaker, time, tokens, counter, parts, terms, json) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    this.#words = database.prepare("INSERT INTO entry_words (rowid, words) VALUES (?, ?)");
    this.#event = database.prepare(
      "INSERT INTO events (line, place, kind, time, json) VALUES (?, ?, ?, ?, ?)",
    );
    this.#eventCount = database.prepare("SELECT coalesce(max(place) + 1, 0) AS n FROM events WHERE line = ?");
    this.#calibration = database.prepare(
      "INSERT INTO calibrations (model, json) VALUES (?, ?) ON CONFLICT (model) DO UPDATE SET json = excluded.json",
    );
  }

  openThread(record: ThreadRecord): NumberedThread {
    const held = this.#reader.find(record.thread);
    if (held !== undefined) return held;
    checkForkPlace(record);
    if (record.parent !== undefined) {
      const parent = this.#reader.need(record.parent);
      if (this.#reader.head(parent).length < record.forkSeq) throw noSuchThread(record.parent);
    }
    const { lastInsertRowid } = this.#thread.run(
      record.thread,
      record.owner,
      record.parent ?? null,
      record.forkSeq,
      record.created,
    );
    return { ...record, number: Number(lastInsertRowid) };
  }

  append(thread: string, entries: readonly Entry[]): ThreadHead {
    const record = this.#reader.need(thread);
    const head = this.#reader.head(record);
    const write = selectEntriesToWrite(thread, head, entries, (seq) => this.#reader.hashAt(record, seq));
    for (const entry of write) {
      const id = makeEntryId(record.number, entry.seq);
      this.#entry.run(
        id,
        entry.hash,
        entry.format,
        entry.role,
        entry.speaker ?? null,
        Math.round(entry.time),
        entry.tokens,
        entry.counter,
        encodeParts(entry.parts),
        entry.terms,
        entry.json,
      );
      this.#words.run(id, encodeTerms(record.number, entry.terms));
    }
    const last = write.at(-1);
    return last === undefined ? head : { length: last.seq + 1, hash: last.hash };
  }

  appendEvents(thread: string, events: readonly ThreadEvent[]): void {
    const { number } = this.#reader.need(thread);
    checkEventPlaces(thread, Number(this.#eventCount.get(number)?.["n"]), events);
    for (const event of events)
      this.#event.run(number, event.index, event.kind, Math.round(event.time), event.json);
  }

  writeCalibration(model: string, json: string): void {
    this.#calibration.run(model, json);
  }
}

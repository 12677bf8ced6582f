import type { DatabaseSync, StatementSync } from "node:sqlite";
import { LoadlineError } from "../../../shared/errors.ts";
import type {
  AnswerPlace,
  CandidateSet,
  Entry,
  Store,
  StoredAnswer,
  StoredCalibration,
  ThreadChanges,
  ThreadEvent,
  ThreadHead,
  ThreadRecord,
} from "../store.ts";
import { AnswerTable } from "./answer-table.ts";
import { isBusy, storeError } from "./errors.ts";
import { EventTable } from "./event-table.ts";
import { GroupWriter } from "./group-writer.ts";
import { pickLockRetryMs, sleep } from "./lock-retry.ts";
import { dropNumbers, makeEntryId } from "./rows.ts";
import { SentTable } from "./sent-table.ts";
import { TextTable } from "./text-table.ts";
import { ThreadReader } from "./thread-reader.ts";
import { ThreadSearch } from "./thread-search.ts";
import { ThreadWrites } from "./thread-writes.ts";
import { verifyDatabase } from "./verify-database.ts";

/** A store in an open SQLite database whose schema is current. */
export class SqliteStore implements Store {
  readonly kind = "sqlite";
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #writer: GroupWriter;
  readonly #reader: ThreadReader;
  readonly #events: EventTable;
  readonly #answers: AnswerTable;
  readonly #sent: SentTable;
  readonly #writes: ThreadWrites;
  readonly #search: ThreadSearch;
  readonly #byChain: StatementSync;
  readonly #calibration: StatementSync;
  readonly #lockTimeoutMs: number;
  #closing: Promise<void> | undefined;

  constructor(database: DatabaseSync, path: string, lockTimeoutMs: number) {
    this.#path = path;
    this.#lockTimeoutMs = lockTimeoutMs;
    this.#database = database;
    this.#reader = new ThreadReader(database);
    this.#writer = new GroupWriter(database, {
      path,
      lockTimeoutMs,
      onRollback: () => this.#reader.forget(),
    });
    const texts = new TextTable(database);
    this.#events = new EventTable(database, texts);
    this.#answers = new AnswerTable(database, texts);
    this.#sent = new SentTable(database);
    this.#writes = new ThreadWrites(database, { reader: this.#reader, texts, events: this.#events });
    this.#search = new ThreadSearch(database, this.#reader);
    this.#byChain = database.prepare(
      "SELECT id FROM entries WHERE id >= ? AND id < ? AND chain >= ? AND chain < ? ORDER BY id LIMIT ?",
    );
    this.#calibration = database.prepare("SELECT json FROM calibrations WHERE model = ?");
  }

  /** Reads at once. If a crashed process left the log to be recovered, retries without blocking the event loop. */
  async #read<Result>(what: string, run: () => Result): Promise<Result> {
    const start = performance.now();
    for (;;) {
      this.#refuseClosed();
      try {
        return run();
      } catch (error) {
        if (!isBusy(error) || performance.now() - start >= this.#lockTimeoutMs)
          throw storeError(error, what, this.#path);
      }
      await sleep(pickLockRetryMs());
    }
  }

  async #write<Result>(what: string, run: () => Result): Promise<Result> {
    this.#refuseClosed();
    return this.#writer.write(what, run);
  }

  #refuseClosed(): void {
    if (this.#closing !== undefined)
      throw new LoadlineError("store-closed", `store ${this.#path} is closed; open it again`);
  }

  async openThread(wanted: ThreadRecord): Promise<ThreadRecord> {
    this.#refuseClosed();
    // No await before the write is queued: an append called right after must come after it.
    const known = this.#knownThread(wanted.thread);
    return known ?? this.#write("open a thread", () => dropNumbers(this.#writes.openThread(wanted)));
  }

  #knownThread(thread: string): ThreadRecord | undefined {
    try {
      const found = this.#reader.findNow(thread);
      return found === undefined ? undefined : dropNumbers(found);
    } catch {
      // The write meets the same fault, and waits or reports it.
      return undefined;
    }
  }

  findThread(thread: string): Promise<ThreadRecord | undefined> {
    return this.#read("find a thread", () => {
      const found = this.#reader.findNow(thread);
      return found === undefined ? undefined : dropNumbers(found);
    });
  }

  changeThread(thread: string, changes: ThreadChanges): Promise<ThreadRecord> {
    return this.#write("change a thread", () => this.#writes.changeThread(thread, changes));
  }

  listThreads(owner: string, session?: string): Promise<readonly ThreadRecord[]> {
    return this.#read("list threads", () => this.#reader.list(owner, session).map(dropNumbers));
  }

  head(thread: string): Promise<ThreadHead> {
    return this.#read("read a head", () => this.#reader.head(this.#reader.need(thread)));
  }

  append(
    thread: string,
    entries: readonly Entry[],
    events: readonly ThreadEvent[] = [],
  ): Promise<ThreadHead> {
    return this.#write("append", () => this.#writes.append(thread, entries, events));
  }

  entries(thread: string, fromSeq: number, toSeq: number): Promise<readonly Entry[]> {
    return this.#read("read entries", () =>
      this.#reader.entries(this.#reader.need(thread), fromSeq, toSeq, "whole"),
    );
  }

  outlines(thread: string, fromSeq: number, toSeq: number): Promise<readonly Entry[]> {
    return this.#read("read outlines", () =>
      this.#reader.entries(this.#reader.need(thread), fromSeq, toSeq, "outline"),
    );
  }

  findByChain(thread: string, chainPrefix: string, limit: number): Promise<readonly Entry[]> {
    return this.#read("find by chain", () => {
      const found = this.#reader.need(thread);
      const { length } = this.#reader.head(found);
      const segments = this.#reader.segments(found, 0, length);
      const ids = segments.flatMap(({ number, from, to }) =>
        this.#byChain.all(
          makeEntryId(number, from),
          makeEntryId(number, to),
          chainPrefix,
          `${chainPrefix}g`,
          limit,
        ),
      );
      return ids.slice(0, limit).flatMap((row) => {
        const seq = Number(row["id"]) % makeEntryId(1, 0);
        return this.#reader.entries(found, seq, seq + 1, "whole");
      });
    });
  }

  search(threads: readonly string[], terms: readonly string[], limit: number): Promise<CandidateSet> {
    return this.#read("search", () => this.#search.search(threads, terms, limit));
  }

  appendEvents(thread: string, events: readonly ThreadEvent[]): Promise<void> {
    return this.#write("append events", () => {
      const record = this.#reader.need(thread);
      this.#events.check(record, events);
      this.#events.append(record, events);
    });
  }

  events(thread: string, fromIndex: number): Promise<readonly ThreadEvent[]> {
    return this.#read("read events", () => this.#events.read(this.#reader.need(thread), fromIndex));
  }

  appendAnswers(thread: string, answers: readonly StoredAnswer[]): Promise<void> {
    return this.#write("append answers", () => this.#answers.append(this.#reader.need(thread), answers));
  }

  answers(thread: string, fromIndex: number): Promise<readonly StoredAnswer[]> {
    return this.#read("read answers", () => this.#answers.read(this.#reader.need(thread), fromIndex));
  }

  findAnswers(owner: string, keys: readonly string[], limit: number): Promise<readonly AnswerPlace[]> {
    return this.#read("find answers", () => this.#answers.findByKeys(owner, keys, limit));
  }

  findResponse(owner: string, responseId: string): Promise<AnswerPlace | undefined> {
    return this.#read("find a response", () => this.#answers.findResponse(owner, responseId));
  }

  writeSent(thread: string, json: string): Promise<void> {
    return this.#write("write what was sent", () => this.#sent.write(this.#reader.need(thread), json));
  }

  readSent(thread: string): Promise<string | undefined> {
    return this.#read("read what was sent", () => this.#sent.read(this.#reader.need(thread)));
  }

  readCalibration(model: string): Promise<StoredCalibration | undefined> {
    return this.#read("read a calibration", () => {
      const row = this.#calibration.get(model);
      return row === undefined ? undefined : { model, json: String(row["json"]) };
    });
  }

  writeCalibration({ model, json }: StoredCalibration): Promise<void> {
    return this.#write("write a calibration", () => this.#writes.writeCalibration(model, json));
  }

  verify(): Promise<readonly string[]> {
    return this.#read("verify", () =>
      verifyDatabase(this.#database, {
        reader: this.#reader,
        events: this.#events,
        sent: this.#sent,
      }),
    );
  }

  /** Refuses new calls at once, finishes queued ones, then closes the file. */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    await this.#writer.idle();
    this.#database.close();
  }
}

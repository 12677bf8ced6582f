import type { DatabaseSync, StatementSync } from "node:sqlite";
import { LoadlineError } from "../../../shared/errors.ts";
import { requireInteger, requireKnownFields, requireText } from "../../../shared/options.ts";
import type {
  CandidateSet,
  Entry,
  ThreadEvent,
  ThreadHead,
  ThreadRecord,
  Store,
  StoredCalibration,
} from "../store.ts";
import { isBusy, lockedError, storeError } from "./errors.ts";
import { GroupWriter } from "./group-writer.ts";
import { pickLockRetryMs, pickOpenRetryMs, sleep } from "./lock-retry.ts";
import { ThreadReader } from "./thread-reader.ts";
import { ThreadSearch } from "./thread-search.ts";
import { ThreadWrites } from "./thread-writes.ts";
import type { NumberedThread } from "./rows.ts";
import { makeEntryId } from "./rows.ts";
import { refuseForeign, upgradeSchema } from "./schema.ts";
import { verifyDatabase } from "./verify-database.ts";

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

function recordOf(thread: NumberedThread): ThreadRecord {
  return {
    thread: thread.thread,
    owner: thread.owner,
    parent: thread.parent,
    forkSeq: thread.forkSeq,
    created: thread.created,
  };
}

class SqliteStore implements Store {
  readonly kind = "sqlite";
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #writer: GroupWriter;
  readonly #reader: ThreadReader;
  readonly #writes: ThreadWrites;
  readonly #search: ThreadSearch;
  readonly #byHash: StatementSync;
  readonly #events: StatementSync;
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
    this.#writes = new ThreadWrites(database, this.#reader);
    this.#search = new ThreadSearch(database, this.#reader);
    this.#byHash = database.prepare(
      "SELECT id FROM entries WHERE id >= ? AND id < ? AND hash >= ? AND hash < ? ORDER BY id LIMIT ?",
    );
    this.#events = database.prepare(
      "SELECT place, kind, time, json FROM events WHERE line = ? AND place >= ? ORDER BY place",
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
    return known ?? this.#write("open a thread", () => recordOf(this.#writes.openThread(wanted)));
  }

  #knownThread(thread: string): ThreadRecord | undefined {
    try {
      const found = this.#reader.find(thread);
      return found === undefined ? undefined : recordOf(found);
    } catch {
      // The write meets the same fault, and waits or reports it.
      return undefined;
    }
  }

  findThread(thread: string): Promise<ThreadRecord | undefined> {
    return this.#read("find a thread", () => {
      const found = this.#reader.find(thread);
      return found === undefined ? undefined : recordOf(found);
    });
  }

  listThreads(owner: string): Promise<readonly ThreadRecord[]> {
    return this.#read("list threads", () => this.#reader.ofOwner(owner).map(recordOf));
  }

  head(thread: string): Promise<ThreadHead> {
    return this.#read("read a head", () => this.#reader.head(this.#reader.need(thread)));
  }

  append(thread: string, entries: readonly Entry[]): Promise<ThreadHead> {
    return this.#write("append", () => this.#writes.append(thread, entries));
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

  findByHash(thread: string, hashPrefix: string, limit: number): Promise<readonly Entry[]> {
    return this.#read("find by hash", () => {
      const found = this.#reader.need(thread);
      const { length } = this.#reader.head(found);
      const segments = this.#reader.segments(found, 0, length);
      const ids = segments.flatMap(({ number, from, to }) =>
        this.#byHash.all(
          makeEntryId(number, from),
          makeEntryId(number, to),
          hashPrefix,
          `${hashPrefix}g`,
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
    return this.#write("append events", () => this.#writes.appendEvents(thread, events));
  }

  events(thread: string, fromIndex: number): Promise<readonly ThreadEvent[]> {
    return this.#read("read events", () =>
      this.#events.all(this.#reader.need(thread).number, fromIndex).map((row) => ({
        index: Number(row["place"]),
        kind: String(row["kind"]),
        time: Number(row["time"]),
        json: String(row["json"]),
      })),
    );
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
    return this.#read("verify", () => verifyDatabase(this.#database, this.#reader));
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

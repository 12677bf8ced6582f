import type { DatabaseSync } from "node:sqlite";
import { LoadlineError, isLoadlineError } from "../../../shared/errors.ts";
import { isBusy, storeError } from "./errors.ts";

interface Job {
  readonly what: string;
  readonly run: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Jobs in one commit: keeps the event loop free again after some milliseconds, and the write-ahead log small. */
const largestGroup = 256;
/** How long one process goes on writing before it leaves a gap for others. */
const turnMs = 10;
/** Length of the gap when others were seen writing; waiting processes look every 1 to 3 ms, so one of them gets in. */
const gapMs = 6;
/** When no one else was seen: a short gap every so often all the same, because who waits cannot be seen. */
const probeEveryMs = 200;
/** For how long another process's commit counts as "others are writing". */
const othersForMs = 1_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * The one writer of a process. Jobs that come while a commit is under way share the next one (group commit), each behind a
 * savepoint of its own. A promise resolves only when its commit is durable.
 *
 * Processes take turns: SQLite's own busy handler lets the process that just wrote win again and again (two of four got one
 * commit in five seconds), so the lock is asked for without waiting, tried again after 1 to 3 ms, and left alone for a gap
 * after each turn.
 */
export class GroupWriter {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #lockTimeoutMs: number;
  #queue: Job[] = [];
  #running: Promise<void> | undefined;
  #turnStart = 0;
  #lastCommit = 0;
  #othersSeen = Number.NEGATIVE_INFINITY;
  #dataVersion: unknown;

  constructor(database: DatabaseSync, path: string, lockTimeoutMs: number) {
    this.#database = database;
    this.#path = path;
    this.#lockTimeoutMs = lockTimeoutMs;
  }

  /** Runs a job inside the next commit; gives its result when that is durable. */
  write<Result>(what: string, run: () => Result): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#queue.push({ what, run, resolve: resolve as (value: unknown) => void, reject });
      this.#running ??= this.#drain();
    });
  }

  /** Resolves when nothing is waiting to be written. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #drain(): Promise<void> {
    // Lets every write of this turn of the event loop join the first group.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      await this.#leaveGap();
      const begun = await this.#begin();
      const group = this.#queue.splice(0, largestGroup);
      if (begun === undefined) {
        this.#commit(group);
        this.#lastCommit = performance.now();
      }
      for (const job of begun === undefined ? [] : group) job.reject(begun);
    }
    this.#running = undefined;
  }

  async #leaveGap(): Promise<void> {
    const now = performance.now();
    // The lock was free since the last commit: whoever waited has had it.
    if (now - this.#lastCommit > gapMs) this.#turnStart = now;
    const others = now - this.#othersSeen < othersForMs;
    if (now - this.#turnStart <= (others ? turnMs : probeEveryMs)) return;
    await sleep(gapMs);
    this.#turnStart = performance.now();
  }

  /** Takes the write lock; gives an error instead of throwing, for the jobs to be told. */
  async #begin(): Promise<LoadlineError | undefined> {
    const start = performance.now();
    for (;;) {
      try {
        this.#database.exec("BEGIN IMMEDIATE");
        this.#noticeOthers();
        return undefined;
      } catch (error) {
        if (!isBusy(error)) return storeError(error, "write", this.#path);
        const waited = performance.now() - start;
        this.#othersSeen = performance.now();
        if (waited >= this.#lockTimeoutMs) {
          return new LoadlineError(
            "store-locked",
            `write: waited ${Math.round(waited)} ms for ${this.#path}, which another connection keeps locked; nothing was written`,
            {
              cause: error,
              details: { path: this.#path, waitedMs: Math.round(waited), lockTimeoutMs: this.#lockTimeoutMs },
            },
          );
        }
        await sleep(1 + Math.random() * 2);
        this.#turnStart = performance.now();
      }
    }
  }

  /** SQLite's data_version changes when another connection has committed. */
  #noticeOthers(): void {
    const version = this.#database.prepare("PRAGMA data_version").get()?.["data_version"];
    if (this.#dataVersion !== undefined && version !== this.#dataVersion)
      this.#othersSeen = performance.now();
    this.#dataVersion = version;
  }

  #commit(group: readonly Job[]): void {
    const done: { readonly job: Job; readonly value: unknown }[] = [];
    try {
      for (const job of group) {
        const outcome = this.#runJob(job);
        if (outcome !== undefined) done.push({ job, value: outcome.value });
      }
      this.#database.exec("COMMIT");
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      for (const job of group) job.reject(storeError(error, job.what, this.#path));
      return;
    }
    for (const { job, value } of done) job.resolve(value);
  }

  /** Runs one job behind a savepoint. A fault of its own is told to it alone; a fault of the database ends the group. */
  #runJob(job: Job): { readonly value: unknown } | undefined {
    this.#database.exec("SAVEPOINT job");
    try {
      const value = job.run();
      this.#database.exec("RELEASE job");
      return { value };
    } catch (error) {
      if (!isLoadlineError(error) || !this.#database.isTransaction) throw error;
      this.#database.exec("ROLLBACK TO job");
      this.#database.exec("RELEASE job");
      job.reject(error);
      return undefined;
    }
  }
}

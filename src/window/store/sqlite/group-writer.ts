import type { DatabaseSync } from "node:sqlite";
import { isBusy, lockedError, storeError } from "./errors.ts";
import { pickLockRetryMs, sleep } from "./lock-retry.ts";

interface Job {
  readonly what: string;
  readonly run: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** When it was queued, by the monotonic clock. */
  readonly queuedAt: number;
  /** True for a job that gets its own commit because its group failed. */
  alone: boolean;
  /** Its result, once it has run. */
  value: unknown;
}

/** Where and how to write. */
export interface GroupWriterOptions {
  readonly path: string;
  readonly lockTimeoutMs: number;
  /** Called after a rollback: what was read in the transaction may not exist. */
  readonly onRollback: () => void;
}

/** Jobs per commit, which keeps the write-ahead log small. */
const maxGroupJobs = 256;
/** A group takes no further job after this long: the event loop and other processes are waiting. */
const maxGroupMs = 20;
/** A process writes this long before it leaves a gap for others. */
const turnMs = 10;
/** Length of the gap. Waiting processes retry every 1 to 3 ms, so one of them gets the lock. */
const gapMs = 6;
/** Leaves a gap this often even when idle: waiting processes are invisible to us. */
const probeEveryMs = 200;
/** Another process counts as writing for this long after its commit. */
const contentionMs = 1_000;

/**
 * The one writer of a process. Jobs that arrive during a commit share the next one (group commit), each in its own savepoint. A promise
 * resolves only when its commit is durable.
 *
 * Processes take turns. SQLite's own busy handler lets the process that just wrote win repeatedly (two of four got one commit in five
 * seconds), so the lock is tried without waiting, retried after 1 to 3 ms, and left free for a gap after each turn.
 */
export class GroupWriter {
  readonly #database: DatabaseSync;
  readonly #options: GroupWriterOptions;
  #queue: Job[] = [];
  #running: Promise<void> | undefined;
  #turnStart = 0;
  #lastCommit = 0;
  #othersSeen = Number.NEGATIVE_INFINITY;
  #dataVersion: unknown;

  constructor(database: DatabaseSync, options: GroupWriterOptions) {
    this.#database = database;
    this.#options = options;
  }

  /** Runs a job inside the next commit; resolves with its result once that is durable. */
  write<Result>(what: string, run: () => Result): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#queue.push({
        what,
        run,
        resolve: resolve as (value: unknown) => void,
        reject,
        queuedAt: performance.now(),
        alone: false,
        value: undefined,
      });
      this.#running ??= this.#drain();
    });
  }

  /** Resolves when the queue is empty. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #drain(): Promise<void> {
    // Lets every write of this turn of the event loop join the first group.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      await this.#leaveGap();
      if (!this.#begin()) {
        await sleep(pickLockRetryMs());
        this.#turnStart = performance.now();
        continue;
      }
      this.#commitGroup();
      this.#lastCommit = performance.now();
    }
    this.#running = undefined;
  }

  async #leaveGap(): Promise<void> {
    const now = performance.now();
    // The lock was free since the last commit: a waiting process has had its turn.
    if (now - this.#lastCommit > gapMs) this.#turnStart = now;
    const isContended = now - this.#othersSeen < contentionMs;
    if (now - this.#turnStart <= (isContended ? turnMs : probeEveryMs)) return;
    await sleep(gapMs);
    this.#turnStart = performance.now();
  }

  /** Tries the write lock once. If it is taken, rejects the jobs that have waited too long. */
  #begin(): boolean {
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      this.#noticeOthers();
      return true;
    } catch (error) {
      this.#rollBack();
      const now = performance.now();
      if (isBusy(error)) this.#othersSeen = now;
      const { path, lockTimeoutMs } = this.#options;
      // Jobs are queued in order of arrival, so those that waited too long come first.
      while (this.#queue[0] !== undefined) {
        const { what, queuedAt, reject } = this.#queue[0];
        if (!isBusy(error)) reject(storeError(error, what, path));
        else if (now - queuedAt < lockTimeoutMs) break;
        else reject(lockedError(error, what, { path, waitedMs: now - queuedAt, lockTimeoutMs }));
        this.#queue.shift();
      }
      return false;
    }
  }

  /** Notes whether another connection committed: SQLite's data_version changes then. */
  #noticeOthers(): void {
    const version = this.#database.prepare("PRAGMA data_version").get()?.["data_version"];
    if (this.#dataVersion !== undefined && version !== this.#dataVersion)
      this.#othersSeen = performance.now();
    this.#dataVersion = version;
  }

  #commitGroup(): void {
    const start = performance.now();
    /** Jobs whose promises wait for this commit. */
    const group: Job[] = [];
    try {
      for (let job = this.#queue.shift(), run = 1; job !== undefined; run++) {
        group.push(job);
        if (!this.#runJob(job)) group.pop();
        job =
          run < maxGroupJobs && performance.now() - start < maxGroupMs ? this.#nextInGroup(job) : undefined;
      }
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#rollBack();
      this.#retryAlone(group, error);
      return;
    }
    for (const job of group) job.resolve(job.value);
  }

  #nextInGroup(last: Job): Job | undefined {
    return last.alone || this.#queue[0]?.alone === true ? undefined : this.#queue.shift();
  }

  /** Retries each job alone after SQLite rolled back the entire transaction, as it does for a full disk. */
  #retryAlone(group: readonly Job[], error: unknown): void {
    const [first] = group;
    if (group.length === 1) {
      first?.reject(storeError(error, first.what, this.#options.path));
      return;
    }
    for (const job of group) job.alone = true;
    this.#queue.unshift(...group);
  }

  /** Runs one job in a savepoint; returns false after rejecting only that job. Fails if the transaction no longer exists. */
  #runJob(job: Job): boolean {
    this.#database.exec("SAVEPOINT job");
    try {
      job.value = job.run();
      this.#database.exec("RELEASE job");
      return true;
    } catch (error) {
      if (!this.#database.isTransaction) throw error;
      this.#database.exec("ROLLBACK TO job");
      this.#database.exec("RELEASE job");
      this.#options.onRollback();
      job.reject(storeError(error, job.what, this.#options.path));
      return false;
    }
  }

  #rollBack(): void {
    try {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
    } catch {
      // The transaction is over either way, and the first error says more.
    }
    this.#options.onRollback();
  }
}

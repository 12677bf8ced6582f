import type { DatabaseSync } from "node:sqlite";
import { isBusy, lockedError, storeError } from "./errors.ts";

interface Job {
  readonly what: string;
  readonly run: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** When it was asked for, by the monotonic clock. */
  readonly since: number;
  /** Gets a commit of its own: the group it was in failed as a whole. */
  alone: boolean;
  /** What it gave, once it has run. */
  value: unknown;
}

/** Where and how to write. */
export interface GroupWriterOptions {
  readonly path: string;
  readonly lockTimeoutMs: number;
  /** Called when something was rolled back: what was read meanwhile may never have been. */
  readonly undone: () => void;
}

/** Jobs in one commit: keeps the write-ahead log small. */
const maxGroupJobs = 256;
/** A group takes no further job after this long: the event loop and the other processes wait meanwhile. */
const groupMs = 20;
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

  /** Runs a job inside the next commit; gives its result when that is durable. */
  write<Result>(what: string, run: () => Result): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#queue.push({
        what,
        run,
        resolve: resolve as (value: unknown) => void,
        reject,
        since: performance.now(),
        alone: false,
        value: undefined,
      });
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
      if (!this.#begin()) {
        await sleep(1 + Math.random() * 2);
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
    // The lock was free since the last commit: whoever waited has had it.
    if (now - this.#lastCommit > gapMs) this.#turnStart = now;
    const others = now - this.#othersSeen < othersForMs;
    if (now - this.#turnStart <= (others ? turnMs : probeEveryMs)) return;
    await sleep(gapMs);
    this.#turnStart = performance.now();
  }

  /** Asks for the write lock once. When it is taken, tells the jobs that have waited long enough. */
  #begin(): boolean {
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      this.#noticeOthers();
      return true;
    } catch (error) {
      this.#undo();
      const now = performance.now();
      if (isBusy(error)) this.#othersSeen = now;
      const { path, lockTimeoutMs } = this.#options;
      // Jobs stand in the order they came, so those that waited too long lead the queue.
      while (this.#queue[0] !== undefined) {
        const { what, since, reject } = this.#queue[0];
        if (!isBusy(error)) reject(storeError(error, what, path));
        else if (now - since < lockTimeoutMs) break;
        else reject(lockedError(error, what, { path, waited: now - since, lockTimeoutMs }));
        this.#queue.shift();
      }
      return false;
    }
  }

  /** SQLite's data_version changes when another connection has committed. */
  #noticeOthers(): void {
    const version = this.#database.prepare("PRAGMA data_version").get()?.["data_version"];
    if (this.#dataVersion !== undefined && version !== this.#dataVersion)
      this.#othersSeen = performance.now();
    this.#dataVersion = version;
  }

  #commitGroup(): void {
    const start = performance.now();
    /** Jobs whose promise hangs on this commit. */
    const group: Job[] = [];
    try {
      for (let job = this.#queue.shift(), run = 1; job !== undefined; run += 1) {
        group.push(job);
        if (!this.#runJob(job)) group.pop();
        job = run < maxGroupJobs && performance.now() - start < groupMs ? this.#nextInGroup(job) : undefined;
      }
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#undo();
      this.#groupFailed(group, error);
      return;
    }
    for (const job of group) job.resolve(job.value);
  }

  #nextInGroup(last: Job): Job | undefined {
    return last.alone || this.#queue[0]?.alone === true ? undefined : this.#queue.shift();
  }

  /** SQLite gave up the whole transaction, as it does for a full disk. Nothing of it is there, so each job is tried alone. */
  #groupFailed(group: readonly Job[], error: unknown): void {
    const [first] = group;
    if (group.length === 1) {
      first?.reject(storeError(error, first.what, this.#options.path));
      return;
    }
    for (const job of group) job.alone = true;
    this.#queue.unshift(...group);
  }

  /** Runs one job behind a savepoint; false when it was refused, which is told to it alone. Throws when the transaction is gone. */
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
      this.#options.undone();
      job.reject(storeError(error, job.what, this.#options.path));
      return false;
    }
  }

  #undo(): void {
    try {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
    } catch {
      // The transaction is over either way, and the error that led here says more.
    }
    this.#options.undone();
  }
}

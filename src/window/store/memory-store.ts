import { LoadlineError } from "../../shared/errors.ts";
import { chainHash } from "../conversation/message/identity.ts";
import { checkEventPlaces, checkForkPlace, selectEntriesToWrite, noSuchThread } from "./append-check.ts";
import { chooseCandidates } from "./choose-candidates.ts";
import type { SearchScope } from "./choose-candidates.ts";
import type {
  CandidateSet,
  Entry,
  ThreadEvent,
  ThreadHead,
  ThreadRecord,
  Store,
  StoredCalibration,
} from "./store.ts";

interface HeldThread {
  readonly record: ThreadRecord;
  /** Entries of its own; the first has seq `record.forkSeq`. */
  readonly own: Entry[];
  readonly events: ThreadEvent[];
}

class MemoryStore implements Store {
  readonly kind = "memory";
  readonly #threads = new Map<string, HeldThread>();
  readonly #calibrations = new Map<string, StoredCalibration>();
  #closed = false;

  #refuseClosed(): void {
    if (this.#closed) throw new LoadlineError("store-closed", "store is closed; open it again");
  }

  #held(thread: string): HeldThread {
    this.#refuseClosed();
    const held = this.#threads.get(thread);
    if (held === undefined) throw noSuchThread(thread);
    return held;
  }

  #range(thread: string, from: number, to: number): readonly Entry[] {
    const held = this.#held(thread);
    const { parent, forkSeq } = held.record;
    const past =
      parent !== undefined && from < forkSeq ? this.#range(parent, from, Math.min(to, forkSeq)) : [];
    return [...past, ...held.own.slice(Math.max(0, from - forkSeq), Math.max(0, to - forkSeq))];
  }

  #head(thread: string): ThreadHead {
    const held = this.#held(thread);
    const length = held.record.forkSeq + held.own.length;
    const last = held.own.at(-1) ?? (length === 0 ? undefined : this.#range(thread, length - 1, length)[0]);
    return { length, hash: last?.hash ?? "" };
  }

  async openThread(record: ThreadRecord): Promise<ThreadRecord> {
    this.#refuseClosed();
    const held = this.#threads.get(record.thread);
    if (held !== undefined) return held.record;
    checkForkPlace(record);
    if (record.parent !== undefined && this.#head(record.parent).length < record.forkSeq)
      throw noSuchThread(record.parent);
    this.#threads.set(record.thread, { record, own: [], events: [] });
    return record;
  }

  async findThread(thread: string): Promise<ThreadRecord | undefined> {
    this.#refuseClosed();
    return this.#threads.get(thread)?.record;
  }

  async listThreads(owner: string): Promise<readonly ThreadRecord[]> {
    this.#refuseClosed();
    return [...this.#threads.values()].map((held) => held.record).filter((record) => record.owner === owner);
  }

  async head(thread: string): Promise<ThreadHead> {
    return this.#head(thread);
  }

  async append(thread: string, entries: readonly Entry[]): Promise<ThreadHead> {
    const hashAt = (seq: number): string | undefined => this.#range(thread, seq, seq + 1)[0]?.hash;
    const write = selectEntriesToWrite(thread, this.#head(thread), entries, hashAt);
    this.#held(thread).own.push(...write);
    return this.#head(thread);
  }

  async entries(thread: string, fromSeq: number, toSeq: number): Promise<readonly Entry[]> {
    return this.#range(thread, fromSeq, toSeq);
  }

  async outlines(thread: string, fromSeq: number, toSeq: number): Promise<readonly Entry[]> {
    return this.#range(thread, fromSeq, toSeq).map((entry) => ({ ...entry, json: "", terms: "" }));
  }

  async findByHash(thread: string, hashPrefix: string, limit: number): Promise<readonly Entry[]> {
    const all = this.#range(thread, 0, this.#head(thread).length);
    return all.filter((entry) => entry.hash.startsWith(hashPrefix)).slice(0, limit);
  }

  async search(threads: readonly string[], terms: readonly string[], limit: number): Promise<CandidateSet> {
    this.#refuseClosed();
    return chooseCandidates(
      threads.map((thread) => indexThread(thread, this.#range(thread, 0, this.#head(thread).length))),
      terms,
      limit,
    );
  }

  async appendEvents(thread: string, events: readonly ThreadEvent[]): Promise<void> {
    const held = this.#held(thread);
    checkEventPlaces(thread, held.events.length, events);
    held.events.push(...events);
  }

  async events(thread: string, fromIndex: number): Promise<readonly ThreadEvent[]> {
    return this.#held(thread).events.slice(Math.max(0, fromIndex));
  }

  async readCalibration(model: string): Promise<StoredCalibration | undefined> {
    this.#refuseClosed();
    return this.#calibrations.get(model);
  }

  async writeCalibration(calibration: StoredCalibration): Promise<void> {
    this.#refuseClosed();
    this.#calibrations.set(calibration.model, calibration);
  }

  async verify(): Promise<readonly string[]> {
    this.#refuseClosed();
    const faults: string[] = [];
    for (const [thread, held] of this.#threads) {
      const { forkSeq } = held.record;
      let parent = forkSeq === 0 ? "" : (this.#range(thread, forkSeq - 1, forkSeq)[0]?.hash ?? "");
      for (const entry of held.own) {
        if (entry.hash !== chainHash(parent, entry.json))
          faults.push(`thread ${thread}, entry ${entry.seq}: the hash does not match`);
        parent = entry.hash;
      }
    }
    return faults;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#threads.clear();
  }
}

/** Indexes a thread's terms for one search. */
function indexThread(thread: string, entries: readonly Entry[]): SearchScope {
  const places = new Map<string, Map<number, number>>();
  const lengths = entries.map((entry) => {
    const words = entry.terms.split(" ").filter((word) => word !== "");
    for (const word of words) {
      const counts = places.get(word) ?? new Map<number, number>();
      counts.set(entry.seq, (counts.get(entry.seq) ?? 0) + 1);
      places.set(word, counts);
    }
    return words.length;
  });
  return {
    thread,
    documentCount: entries.length,
    totalLength: lengths.reduce((sum, length) => sum + length, 0),
    frequency: (term) => places.get(term)?.size ?? 0,
    occurrences: (term) => places.get(term) ?? new Map<number, number>(),
    length: (seq) => lengths[seq] ?? 0,
  };
}

/** Opens a store in this process's memory, for tests, trials and replays. */
export function openMemoryStore(): Store {
  return new MemoryStore();
}

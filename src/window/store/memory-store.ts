import { LoadlineError } from "../../shared/errors.ts";
import { chainKey } from "../conversation/message/identity.ts";
import { checkForkPlace, checkPlaces, noSuchThread, selectEntriesToWrite } from "./append-check.ts";
import { changeRecord } from "./change-record.ts";
import { chooseCandidates } from "./choose-candidates.ts";
import { makeChecksum } from "./entry-checksum.ts";
import { findAnswersByKey, findNewestResponse } from "./find-answers.ts";
import type { GivenAnswer } from "./find-answers.ts";
import { indexTerms } from "./index-terms.ts";
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
} from "./store.ts";

interface HeldThread {
  record: ThreadRecord;
  /** Entries of its own; the first has seq `record.forkSeq`. */
  readonly own: Entry[];
  readonly events: ThreadEvent[];
  readonly answers: StoredAnswer[];
  sent: string | undefined;
}

class MemoryStore implements Store {
  readonly kind = "memory";
  readonly #threads = new Map<string, HeldThread>();
  readonly #calibrations = new Map<string, StoredCalibration>();
  /** By owner, the one copy of each text: threads that share a message share its memory. */
  readonly #texts = new Map<string, Map<string, string>>();
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

  #keepText({ owner }: ThreadRecord, text: string): string {
    const held = this.#texts.get(owner) ?? new Map<string, string>();
    this.#texts.set(owner, held);
    const known = held.get(text);
    if (known === undefined) held.set(text, text);
    return known ?? text;
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
    return { length, chain: last?.chain ?? "" };
  }

  async openThread(record: ThreadRecord): Promise<ThreadRecord> {
    this.#refuseClosed();
    const held = this.#threads.get(record.thread);
    if (held !== undefined) return held.record;
    checkForkPlace(record);
    if (record.parent !== undefined && this.#head(record.parent).length < record.forkSeq)
      throw noSuchThread(record.parent);
    this.#threads.set(record.thread, { record, own: [], events: [], answers: [], sent: undefined });
    return record;
  }

  async findThread(thread: string): Promise<ThreadRecord | undefined> {
    this.#refuseClosed();
    return this.#threads.get(thread)?.record;
  }

  async changeThread(thread: string, changes: ThreadChanges): Promise<ThreadRecord> {
    const held = this.#held(thread);
    held.record = changeRecord(held.record, changes);
    return held.record;
  }

  async listThreads(owner: string, session?: string): Promise<readonly ThreadRecord[]> {
    this.#refuseClosed();
    return [...this.#threads.values()]
      .map((held) => held.record)
      .filter((record) => record.owner === owner && record.provisionalUntil === undefined)
      .filter((record) => session === undefined || record.session === session);
  }

  async head(thread: string): Promise<ThreadHead> {
    return this.#head(thread);
  }

  async append(
    thread: string,
    entries: readonly Entry[],
    events: readonly ThreadEvent[] = [],
  ): Promise<ThreadHead> {
    const held = this.#held(thread);
    const chainAt = (seq: number): string | undefined => this.#range(thread, seq, seq + 1)[0]?.chain;
    const write = selectEntriesToWrite(thread, this.#head(thread), entries, chainAt);
    checkPlaces(thread, "event", held.events.length, events);
    for (const entry of write) held.own.push({ ...entry, json: this.#keepText(held.record, entry.json) });
    this.#addEvents(held, events);
    return this.#head(thread);
  }

  async entries(thread: string, fromSeq: number, toSeq: number): Promise<readonly Entry[]> {
    return this.#range(thread, fromSeq, toSeq);
  }

  async outlines(thread: string, fromSeq: number, toSeq: number): Promise<readonly Entry[]> {
    return this.#range(thread, fromSeq, toSeq).map((entry) => ({ ...entry, json: "", terms: "" }));
  }

  async findByChain(thread: string, chainPrefix: string, limit: number): Promise<readonly Entry[]> {
    const all = this.#range(thread, 0, this.#head(thread).length);
    return all.filter((entry) => entry.chain.startsWith(chainPrefix)).slice(0, limit);
  }

  async search(threads: readonly string[], terms: readonly string[], limit: number): Promise<CandidateSet> {
    this.#refuseClosed();
    return chooseCandidates(
      threads.map((thread) => indexTerms(thread, this.#range(thread, 0, this.#head(thread).length))),
      terms,
      limit,
    );
  }

  async appendEvents(thread: string, events: readonly ThreadEvent[]): Promise<void> {
    const held = this.#held(thread);
    checkPlaces(thread, "event", held.events.length, events);
    this.#addEvents(held, events);
  }

  #addEvents(held: HeldThread, events: readonly ThreadEvent[]): void {
    for (const event of events)
      held.events.push({ ...event, texts: event.texts.map((text) => this.#keepText(held.record, text)) });
  }

  async events(thread: string, fromIndex: number): Promise<readonly ThreadEvent[]> {
    return this.#held(thread).events.slice(Math.max(0, fromIndex));
  }

  async appendAnswers(thread: string, answers: readonly StoredAnswer[]): Promise<void> {
    const held = this.#held(thread);
    checkPlaces(thread, "answer", held.answers.length, answers);
    for (const answer of answers)
      held.answers.push({ ...answer, json: this.#keepText(held.record, answer.json) });
  }

  async answers(thread: string, fromIndex: number): Promise<readonly StoredAnswer[]> {
    return this.#held(thread).answers.slice(Math.max(0, fromIndex));
  }

  async findAnswers(owner: string, keys: readonly string[], limit: number): Promise<readonly AnswerPlace[]> {
    return findAnswersByKey(this.#answersOf(owner), new Set(keys), limit);
  }

  async findResponse(owner: string, responseId: string): Promise<AnswerPlace | undefined> {
    return findNewestResponse(this.#answersOf(owner), responseId);
  }

  #answersOf(owner: string): readonly GivenAnswer[] {
    this.#refuseClosed();
    return [...this.#threads.values()]
      .filter(({ record }) => record.owner === owner)
      .flatMap(({ record, answers }) => answers.map((answer) => ({ thread: record.thread, answer })));
  }

  async writeSent(thread: string, json: string): Promise<void> {
    this.#held(thread).sent = json;
  }

  async readSent(thread: string): Promise<string | undefined> {
    return this.#held(thread).sent;
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
      let parent = forkSeq === 0 ? "" : (this.#range(thread, forkSeq - 1, forkSeq)[0]?.chain ?? "");
      for (const entry of held.own) {
        if (entry.chain !== chainKey(parent, entry.key))
          faults.push(`thread ${thread}, entry ${entry.seq}: the chain does not match`);
        if (entry.checksum !== makeChecksum(entry))
          faults.push(`thread ${thread}, entry ${entry.seq}: the checksum does not match`);
        parent = entry.chain;
      }
    }
    return faults;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#threads.clear();
    this.#texts.clear();
  }
}

/** Opens a store in this process's memory, for tests, trials and replays. */
export function openMemoryStore(): Store {
  return new MemoryStore();
}

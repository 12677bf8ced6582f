import { LoadlineError, isLoadlineError } from "../../../shared/errors.ts";
import type { SentPrefix } from "../../assemble/sent-prefix.ts";
import { CallNumbers } from "../../identity/meaning.ts";
import type { Conversation, Format, Message } from "../../conversation/message/message.ts";
import type { Entry, ThreadEvent, ThreadRecord } from "../../store/store.ts";
import type { MemoryContext, ThreadContext } from "./context.ts";
import { AnswerLog } from "./answer-log.ts";
import { EntryTexts } from "./entry-texts.ts";
import { readSentPrefix, saveSentPrefix } from "./saved-prefix.ts";
import { saveChange } from "./thread-events.ts";
import type { ThreadChange } from "./thread-events.ts";
import { makeEmptyState, refreshState, applyChanges, addEntries, setView } from "./thread-state.ts";
import type { ThreadState } from "./thread-state.ts";
import type { View } from "./view.ts";
import { OpenTurn } from "./open-turn.ts";
import { TurnQueue } from "./turn-queue.ts";
import { writeInParts } from "./write-in-parts.ts";

/** Retries after a concurrent write. More than this indicates a bug, not contention. */
const maxRetries = 100;
/** A thread whose history another one continues. */
export interface ContinuedThread {
  readonly thread: string;
  /** Its entries from here on came later: the other one never held them. */
  readonly end: number;
}

/** Threads that recall follows back through a client's summaries. */
const maxContinued = 32;
/** Random back-off, so that no writer starves. */
const maxRetryDelayMs = 20;

/** Formats as which messages are read that have no sign of their own: the next message may settle another. */
const defaultFormats: ReadonlySet<Format> = new Set<Format>(["openai-chat", "openai-responses"]);

/** Writes that are on their way to the store: the state shows them already. */
interface Unsaved {
  /** The state without them. */
  readonly before: ThreadState;
  readonly done: Promise<unknown>;
}

/** Does work again on a refreshed state; returns the error if it now belongs elsewhere. */
type Again = () => Promise<LoadlineError | undefined>;

/**
 * Holds a thread's state and is the only place that replaces it: after the store has accepted a change, or before for one that is
 * `early`, which is taken back if the store refuses it.
 */
export class ThreadKeeper {
  readonly id: string;
  readonly context: ThreadContext;
  readonly answers: AnswerLog;
  readonly #turns = new TurnQueue();
  #state: ThreadState;
  #numbered = { seq: 0, calls: new CallNumbers() };
  #isSentRead = false;
  #unsaved: Unsaved | undefined;
  /** The newest turn whose failure nobody waited for yet. */
  #open: OpenTurn | undefined;
  /** Logs of the threads that this one is a fork of: a thread keeps its parents. */
  #parentLogs: readonly AnswerLog[] | undefined;
  /** Settles when what was sent last is stored; the next work waits for it. */
  #sentStored: Promise<void> = Promise.resolve();

  /** Opens another thread of the memory, or creates it. */
  readonly open: (record: ThreadRecord) => Promise<ThreadKeeper>;

  constructor(context: MemoryContext, record: ThreadRecord, open: ThreadKeeper["open"]) {
    this.open = open;
    this.id = record.thread;
    this.context = { ...context, texts: new EntryTexts() };
    this.answers = new AnswerLog(context.store, record.thread);
    this.#state = makeEmptyState(record);
  }

  /** Returns the state as last read or written. */
  get state(): ThreadState {
    return this.#state;
  }

  /** Returns the format in which further messages are read; undefined while nothing has settled it. */
  get format(): Format | undefined {
    const { format, entries } = this.#state;
    const first = entries.at(0)?.format;
    return format ?? (first === undefined || defaultFormats.has(first) ? undefined : first);
  }

  /** Returns the change that settles the format, if a conversation does and it is not settled yet. */
  listFormatChanges({ format, settled }: Pick<Conversation, "format" | "settled">): readonly ThreadChange[] {
    return this.#state.format !== undefined || settled !== true ? [] : [{ kind: "format", format }];
  }

  /** Returns the chain of the entry before a place, empty at the start. */
  chainBefore(seq: number): string {
    return seq === 0 ? "" : (this.#state.entries.at(seq - 1)?.chain ?? "");
  }

  /** Returns the numbers of the calls before a place. Those before the thread's end are kept and extended. */
  callsBefore(seq: number): CallNumbers {
    const { entries } = this.#state;
    const isEnd = seq >= this.#numbered.seq;
    if (!isEnd) this.#numbered = { seq: 0, calls: new CallNumbers() };
    for (; this.#numbered.seq < Math.min(seq, entries.length); this.#numbered.seq++)
      for (const part of entries.at(this.#numbered.seq)?.parts ?? []) this.#numbered.calls.take(part);
    return this.#numbered.calls;
  }

  /** Runs work after all earlier work, on the state known to this process. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#turns.run(async () => {
      await this.#reportFailure();
      return work();
    });
  }

  /** Runs work after all earlier work, on the state refreshed from the store. */
  runFresh<Result>(work: () => Promise<Result> | Result): Promise<Result> {
    return this.run(async () => {
      await this.#sentStored;
      await this.refresh();
      return work();
    });
  }

  /** Reports the failure of the last early turn, once, if nobody waited for its commit. */
  async #reportFailure(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    const failure = await open?.end();
    if (failure !== undefined) throw failure.error;
  }

  /**
   * Runs work as `runFresh`, and resolves with its result before its early writes are durable. Until they are, only work that is run
   * in the returned turn goes on. If another process wrote to the thread in between, `again` does the work again on the new state;
   * after any other failure nothing of it remains.
   */
  runEarly<Result>(
    work: () => Promise<Result>,
    again: Again,
  ): Promise<{ readonly result: Result; readonly turn: OpenTurn }> {
    return new Promise((resolve, reject) => {
      const whole = this.runFresh(async () => {
        const result = await work().catch(async (error: unknown) => {
          await this.settle().catch(() => undefined);
          this.#takeBack();
          throw error;
        });
        const turn = new OpenTurn((opened) => this.#commit(opened, again));
        this.#open = turn;
        resolve({ result, turn });
        await turn.end();
      });
      whole.catch(reject);
    });
  }

  async #commit(turn: OpenTurn, again: Again): Promise<void> {
    try {
      for (let unsaved = this.#unsaved; unsaved !== undefined;) {
        await unsaved.done;
        await turn.idle();
        if (this.#unsaved === unsaved) this.#unsaved = undefined;
        unsaved = this.#unsaved;
      }
      await turn.close();
    } catch (error) {
      await turn.close();
      this.#takeBack();
      if (!isLoadlineError(error, "head-moved")) throw error;
      const failure = await this.retry(() => this.#tryAgain(again));
      if (failure !== undefined) throw failure;
    }
  }

  async #tryAgain(again: Again): Promise<LoadlineError | undefined> {
    await this.refresh();
    try {
      const failure = await again();
      await this.settle();
      this.#unsaved = undefined;
      return failure;
    } catch (error) {
      this.#takeBack();
      throw error;
    }
  }

  /** Resolves when early writes are durable. Errors: store errors. */
  async settle(): Promise<void> {
    await this.#unsaved?.done;
  }

  /** Shows the state without what the store refused; what it accepted of it is read again. */
  #takeBack(): void {
    const before = this.#unsaved?.before ?? this.#state;
    this.#unsaved = undefined;
    this.#state = { ...before, sent: this.#state.sent };
    this.context.texts.dropFrom(before.entries.length);
    if (this.#numbered.seq > before.entries.length) this.#numbered = { seq: 0, calls: new CallNumbers() };
  }

  #hold(done: Promise<unknown>): void {
    const held = this.#unsaved;
    const both = held === undefined ? done : Promise.all([held.done, done]);
    // Whoever waits for the commit gets the error.
    both.catch(() => undefined);
    this.#unsaved = { before: held?.before ?? this.#state, done: both };
  }

  /** Repeats work on a refreshed state if another process wrote to the thread in between (`head-moved`). */
  async retry<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (error) {
        if (!isLoadlineError(error, "head-moved") || tries >= maxRetries) throw error;
        const delayMs = Math.random() * Math.min(maxRetryDelayMs, tries - 1);
        await new Promise((resolve) => setTimeout(resolve, delayMs));
        await this.refresh();
      }
    }
  }

  /** Reads what other processes wrote. Errors: store errors. */
  async refresh(): Promise<void> {
    const { store } = this.context;
    this.#state = await refreshState(store, this.#state);
    if (this.#isSentRead) return;
    this.#isSentRead = true;
    const json = await store.readSent(this.id);
    const sent = json === undefined ? undefined : readSentPrefix(json);
    if (sent !== undefined) this.#state = { ...this.#state, sent: this.#state.sent ?? sent };
  }

  /** Writes entries at the end, and changes with them, in one commit. Errors: `head-moved`, store errors. */
  async append(
    entries: readonly Entry[],
    messages: readonly Message[],
    changes: readonly ThreadChange[] = [],
  ): Promise<void> {
    await this.context.store.append(this.id, entries, this.#encode(changes));
    this.#add(entries, messages, changes);
  }

  /** Shows entries at the end, and changes with them, and writes them meanwhile: `settle` and the turn's commit wait for it. */
  appendEarly(
    entries: readonly Entry[],
    messages: readonly Message[],
    changes: readonly ThreadChange[],
  ): void {
    this.#hold(writeInParts(this.context.store, this.id, { entries, events: this.#encode(changes) }));
    this.#add(entries, messages, changes);
  }

  #add(entries: readonly Entry[], messages: readonly Message[], changes: readonly ThreadChange[]): void {
    const { texts, countShort } = this.context;
    this.#state = applyChanges(addEntries(this.#state, entries, true), changes);
    texts.add(entries, messages);
    void texts.prepareFacts(
      entries.map(({ seq }) => seq),
      countShort,
    );
  }

  /** Writes changes as the thread's next events. Errors: `head-moved`, store errors. */
  async save(changes: readonly ThreadChange[]): Promise<void> {
    if (changes.length === 0) return;
    await this.settle();
    await this.context.store.appendEvents(this.id, this.#encode(changes));
    this.#state = applyChanges(this.#state, changes);
  }

  /**
   * Shows changes, and writes them after what is being written: `settle` and the turn's commit wait for it. An edit that takes an
   * entry out of the window waits until that entry is durable. Errors: `head-moved`, store errors.
   */
  async saveEarly(changes: readonly ThreadChange[]): Promise<void> {
    const unsaved = this.#unsaved;
    if (changes.length === 0) return;
    const durable = unsaved?.before.entries.length ?? 0;
    const touchesNew = changes.some(
      (change) => change.kind === "edit" && change.edit.targets.some(({ seq }) => seq >= durable),
    );
    if (unsaved === undefined || touchesNew) return this.save(changes);
    const events = this.#encode(changes);
    this.#hold(unsaved.done.then(() => this.context.store.appendEvents(this.id, events)));
    this.#state = applyChanges(this.#state, changes);
  }

  #encode(changes: readonly ThreadChange[]): readonly ThreadEvent[] {
    const now = this.context.clock();
    return changes.map((change, index) => saveChange(change, this.#state.eventCount + index, now));
  }

  /** Keeps a provisional thread for good. Errors: store errors. */
  async makeDurable(): Promise<void> {
    const { record } = this.#state;
    if (record.provisionalUntil === undefined) return;
    const changed = await this.context.store.changeThread(this.id, { provisionalUntil: undefined });
    this.#state = { ...this.#state, record: changed };
  }

  /** True if the thread has entries in addition to those it shares with its parent. */
  get hasOwnEntries(): boolean {
    return this.#state.entries.length > this.#state.record.forkSeq;
  }

  /** Returns the answers given on this thread and on those it is a fork of, nearest first. Errors: store errors. */
  async answerLogs(): Promise<readonly AnswerLog[]> {
    if (this.#parentLogs === undefined) {
      const logs: AnswerLog[] = [];
      const { store } = this.context;
      for (let { parent } = this.#state.record; parent !== undefined;) {
        logs.push(new AnswerLog(store, parent));
        parent = (await store.findThread(parent))?.parent;
      }
      this.#parentLogs = logs;
    }
    return [this.answers, ...this.#parentLogs];
  }

  /** Returns the threads whose history this one continues after a summary, newest first. Errors: store errors. */
  async listContinued(): Promise<readonly ContinuedThread[]> {
    const found: ContinuedThread[] = [];
    const { store } = this.context;
    let record: ThreadRecord | undefined = this.#state.record;
    while (record !== undefined && found.length < maxContinued) {
      const { continues, parent }: ThreadRecord = record;
      if (continues !== undefined) {
        const holder: ThreadKeeper = record.thread === this.id ? this : await this.open(record);
        const readEnd = (): number => holder.state.continuedEnd;
        found.push({ thread: continues, end: holder === this ? readEnd() : await holder.runFresh(readEnd) });
      }
      const next: string | undefined = continues ?? parent;
      record = next === undefined ? undefined : await store.findThread(next);
    }
    return found;
  }

  /** Shows the history as a request holds it. */
  setView(view: View | undefined): void {
    this.#state = setView(this.#state, view);
  }

  /** Remembers the window that was returned to the caller, and stores it without waiting: nothing but a figure depends on it. */
  setSent(sent: SentPrefix): void {
    this.inheritSent(sent);
    this.#sentStored = this.context.store.writeSent(this.id, saveSentPrefix(sent)).catch(() => undefined);
  }

  /** Resolves when all work so far has ended and what was sent last is stored. */
  async idle(): Promise<void> {
    await this.#turns.idle();
    await this.#sentStored;
  }

  /** Settles the format of the thread's messages. Errors: `invalid-option` if it is settled otherwise, store errors. */
  async settleFormat(format: Format): Promise<void> {
    const held = this.#state.format;
    if (held !== undefined && held !== format)
      throw new LoadlineError(
        "invalid-option",
        `format: got ${format}, allowed: ${held}, which the messages of thread ${this.id} have`,
      );
    if (held === undefined) await this.save([{ kind: "format", format }]);
  }

  /** Takes over what was sent on the thread that this one forks. */
  inheritSent(sent: SentPrefix | undefined): void {
    this.#isSentRead = true;
    this.#state = { ...this.#state, sent };
  }
}

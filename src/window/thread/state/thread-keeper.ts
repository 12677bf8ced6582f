import { isLoadlineError } from "../../../shared/errors.ts";
import type { Message } from "../../conversation/message/message.ts";
import type { Entry, ThreadRecord } from "../../store/store.ts";
import type { MemoryContext, ThreadContext } from "./context.ts";
import { EntryTexts } from "./entry-texts.ts";
import { saveChange } from "./thread-events.ts";
import type { ThreadChange } from "./thread-events.ts";
import { makeEmptyState, refreshState, applyChanges, addEntries } from "./thread-state.ts";
import type { SentWindow, ThreadState } from "./thread-state.ts";
import { TurnQueue } from "./turn-queue.ts";

/** Retries after a concurrent write. More than this indicates a bug, not contention. */
const maxRetries = 100;
/** Random back-off, so that no writer starves. */
const maxRetryDelayMs = 20;

/** Holds a thread's state and is the only place that replaces it, after the store has accepted a change. */
export class ThreadKeeper {
  readonly id: string;
  readonly context: ThreadContext;
  readonly #turns = new TurnQueue();
  #state: ThreadState;

  constructor(context: MemoryContext, record: ThreadRecord) {
    this.id = record.thread;
    this.context = { ...context, texts: new EntryTexts() };
    this.#state = makeEmptyState(record);
  }

  /** Returns the state as last read or written. */
  get state(): ThreadState {
    return this.#state;
  }

  /** Runs work after all earlier work, on the state known to this process. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#turns.run(work);
  }

  /** Runs work after all earlier work, on the state refreshed from the store. */
  runFresh<Result>(work: () => Promise<Result> | Result): Promise<Result> {
    return this.#turns.run(async () => {
      await this.refresh();
      return work();
    });
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
    this.#state = await refreshState(this.context.store, this.#state);
  }

  /** Writes entries at the end. Errors: `head-moved`, store errors. */
  async append(entries: readonly Entry[], messages: readonly Message[]): Promise<void> {
    const { store, texts, countShort } = this.context;
    await store.append(this.id, entries);
    this.#state = addEntries(this.#state, entries);
    texts.add(entries, messages, countShort);
  }

  /** Writes changes as the thread's next events. Errors: `head-moved`, store errors. */
  async save(changes: readonly ThreadChange[]): Promise<void> {
    const { store, clock } = this.context;
    const now = clock();
    const events = changes.map((change, index) => saveChange(change, this.#state.eventCount + index, now));
    await store.appendEvents(this.id, events);
    this.#state = applyChanges(this.#state, changes);
  }

  /** Remembers the window that was returned to the caller. */
  setSent(sent: SentWindow): void {
    this.#state = { ...this.#state, sent };
  }
}

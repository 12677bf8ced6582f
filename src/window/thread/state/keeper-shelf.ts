import type { ThreadRecord } from "../../store/store.ts";
import type { MemoryContext } from "./context.ts";
import { ThreadKeeper } from "./thread-keeper.ts";
import { TurnQueue } from "./turn-queue.ts";

/** Threads whose state is kept in memory; it can be loaded again. */
const maxOpenThreads = 1_000;

/** The keepers of a memory's threads, one per thread; those used longest ago are dropped first. */
export class KeeperShelf {
  readonly context: MemoryContext;
  /** Queues of the sessions whose requests look for their thread. */
  readonly #sessions = new Map<string, TurnQueue>();
  readonly #keepers = new Map<string, Promise<ThreadKeeper>>();

  constructor(context: MemoryContext) {
    this.context = context;
  }

  /** Opens a thread, or creates it. Errors: store errors. */
  open(record: ThreadRecord): Promise<ThreadKeeper> {
    const { thread } = record;
    const held = this.#keepers.get(thread);
    if (held !== undefined) {
      this.#keepers.delete(thread);
      this.#keepers.set(thread, held);
      return held;
    }
    const open = (other: ThreadRecord): Promise<ThreadKeeper> => this.open(other);
    const opened = this.context.store
      .openThread(record)
      .then((found) => new ThreadKeeper(this.context, found, open));
    // A failed open must not be kept, or the thread could never be opened.
    opened.catch(() => this.#keepers.delete(thread));
    if (this.#keepers.size >= maxOpenThreads) this.#dropOldest();
    this.#keepers.set(thread, opened);
    return opened;
  }

  /** Runs work of a session after its earlier work: equal starts at the same time find one thread. */
  async runInSession<Result>(owner: string, session: string, work: () => Promise<Result>): Promise<Result> {
    const name = JSON.stringify([owner, session]);
    const queue = this.#sessions.get(name) ?? new TurnQueue();
    this.#sessions.set(name, queue);
    try {
      return await queue.run(work);
    } finally {
      if (queue.isIdle) this.#sessions.delete(name);
    }
  }

  #dropOldest(): void {
    for (const thread of this.#keepers.keys()) {
      this.#keepers.delete(thread);
      return;
    }
  }

  /** Waits for what keepers still store, and drops them. */
  async close(): Promise<void> {
    const keepers = await Promise.allSettled(this.#keepers.values());
    this.#keepers.clear();
    for (const opened of keepers) if (opened.status === "fulfilled") await opened.value.idle();
  }
}

import { LoadlineError } from "../../shared/errors.ts";
import { describeValue, requireKnownFields, requireText } from "../../shared/options.ts";
import { cachePrices } from "../prices/cache-prices.ts";
import type { CachePrices } from "../prices/cache-prices.ts";
import type { Embedder } from "../recall/rank/embedder.ts";
import { openMemoryStore } from "../store/memory-store.ts";
import { openSqliteStore } from "../store/open-sqlite-store.ts";
import type { SqliteStoreOptions } from "../store/sqlite/open-sqlite-file.ts";
import type { ThreadRecord, Store } from "../store/store.ts";
import { noCalibration, readCalibration } from "../tokens/calibration.ts";
import type { TokenCounter } from "../tokens/counter.ts";
import { counterForModel, nameModel } from "../tokens/model-vocabulary.ts";
import { rememberCounts } from "../tokens/remember-counts.ts";
import type { MemoryContext } from "./state/context.ts";
import type { Thread } from "./thread.ts";
import { openThread } from "./open-thread.ts";

/** Options of `openMemory`. */
export interface MemoryOptions {
  /** Where threads are stored: in this process (default), in a SQLite file, or in an open store. */
  readonly store?: { readonly kind: "memory" } | ({ readonly kind: "sqlite" } & SqliteStoreOptions) | Store;
  /** Model that the windows are for; selects the vocabulary that counts tokens. Default unknown: an estimate that learns. */
  readonly model?: string;
  /** A custom counter, instead of the one for the model. */
  readonly counter?: TokenCounter;
  /** Prices by a provider's name, or custom ones. Default `anthropic` for Claude models, else `openai`. */
  readonly prices?: string | CachePrices;
  /** Returns milliseconds since 1970 UTC. Default: the system's clock. */
  readonly clock?: () => number;
  /** Embeds texts for recall; without it, recall uses words only. */
  readonly embedder?: Embedder;
}

/** Options of `Memory.thread`. */
export interface ThreadOptions {
  /** Owner of the thread; recall can search all threads of one owner. Default `default`. */
  readonly owner?: string;
}

/** A store of threads, with everything needed to work with them. */
export interface Memory {
  readonly store: Store;
  /** Opens a thread; creates it if it does not exist. Errors: `invalid-option`, store errors. */
  thread(id: string, options?: ThreadOptions): Promise<Thread>;
  /** Lists the threads of an owner, oldest first. */
  threads(owner?: string): Promise<readonly ThreadRecord[]>;
  /** Finishes pending writes and closes the store, if this memory opened it. */
  close(): Promise<void>;
}

/** Opens a memory: a store of threads with a counter, prices and a clock. Errors: `invalid-option`, store errors. */
export async function openMemory(options: MemoryOptions = {}): Promise<Memory> {
  requireKnownFields("memory", options, ["store", "model", "counter", "prices", "clock", "embedder"]);
  const model = options.model === undefined ? "unknown" : requireText("model", options.model);
  const { store, own } = await openStore(options.store);
  const saved = await store.readCalibration(model);
  const counter =
    options.counter === undefined
      ? await counterForModel(options.model)
      : nameModel(options.counter, options.model);
  const context: MemoryContext = {
    store,
    model,
    counter,
    countShort: rememberCounts(counter),
    prices: cachePrices(options.prices ?? (/claude/i.test(model) ? "anthropic" : "openai")),
    clock: options.clock ?? Date.now,
    embedder: options.embedder,
    calibration: { current: saved === undefined ? noCalibration : readCalibration(saved.json) },
  };
  const threads = new Map<string, Promise<Thread>>();
  return {
    store,
    thread: (id, threadOptions = {}) => {
      requireText("thread", id, maxNameLength);
      requireKnownFields("thread", threadOptions, ["owner"]);
      const owner =
        threadOptions.owner === undefined
          ? "default"
          : requireText("owner", threadOptions.owner, maxNameLength);
      const held = threads.get(id);
      if (held !== undefined) return held;
      const opened = store
        .openThread({ thread: id, owner, parent: undefined, forkSeq: 0, created: context.clock() })
        .then((record) => openThread(context, record));
      // A failed open must not be cached, or the thread could never be opened.
      opened.catch(() => threads.delete(id));
      if (threads.size >= maxOpenThreads) threads.clear();
      threads.set(id, opened);
      return opened;
    },
    threads: (owner = "default") => store.listThreads(owner),
    close: async () => {
      threads.clear();
      if (own) await store.close();
    },
  };
}

/** Characters of the name of a thread or an owner. */
const maxNameLength = 1_000;
/** Threads whose state is kept in memory; it can be loaded again. */
const maxOpenThreads = 1_000;

async function openStore(
  store: MemoryOptions["store"],
): Promise<{ readonly store: Store; readonly own: boolean }> {
  if (store === undefined) return { store: openMemoryStore(), own: true };
  if ("openThread" in store) return { store, own: false };
  if (store.kind === "memory") return { store: openMemoryStore(), own: true };
  if (store.kind === "sqlite") {
    const { kind: _, ...sqlite } = store;
    return { store: await openSqliteStore(sqlite), own: true };
  }
  throw new LoadlineError(
    "invalid-option",
    `store: got ${describeValue(store)}, allowed: kind memory or sqlite, or an open store`,
  );
}

import { LoadlineError } from "../../shared/errors.ts";
import { describeValue, requireKnownFields, requireText } from "../../shared/options.ts";
import { cachePrices } from "../prices/cache-prices.ts";
import type { CachePrices } from "../prices/cache-prices.ts";
import type { Embedder } from "../recall/embedder.ts";
import { openMemoryStore } from "../store/memory-store.ts";
import { openSqliteStore } from "../store/open-sqlite-store.ts";
import type { SqliteStoreOptions } from "../store/sqlite/open-sqlite-file.ts";
import type { LineRecord, Store } from "../store/store.ts";
import { noCalibration, readCalibration } from "../tokens/calibration.ts";
import type { TokenCounter } from "../tokens/counter.ts";
import { counterForModel } from "../tokens/model-vocabulary.ts";
import { rememberCounts } from "../tokens/remember-counts.ts";
import type { MemoryContext } from "./context.ts";
import type { Line } from "./line.ts";
import { openLine } from "./open-line.ts";

/** How to open a memory. */
export interface MemoryOptions {
  /** Where lines are kept: in this process (default), in a SQLite file, or in a store that is open already. */
  readonly store?: { readonly kind: "memory" } | ({ readonly kind: "sqlite" } & SqliteStoreOptions) | Store;
  /** The model that the windows are for: chooses the vocabulary that counts. Default unknown: an estimate that learns. */
  readonly model?: string;
  /** A counter of your own, instead of the one for the model. */
  readonly counter?: TokenCounter;
  /** Prices by a provider's name, or your own. Default `anthropic` for Claude models, else `openai`. */
  readonly prices?: string | CachePrices;
  /** Milliseconds since 1970 UTC. Default the system's clock. */
  readonly clock?: () => number;
  /** Makes vectors for recall; without it recall goes by words. */
  readonly embedder?: Embedder;
}

/** How to open a line. */
export interface LineOptions {
  /** Whose line it is: recall can search all lines of one owner. Default `default`. */
  readonly owner?: string;
}

/** A store with lines, and all that is needed to work with them. */
export interface Memory {
  readonly store: Store;
  /** Opens a line, or makes it. */
  line(id: string, options?: LineOptions): Promise<Line>;
  /** Lines of an owner, oldest first. */
  lines(owner?: string): Promise<readonly LineRecord[]>;
  /** Waits for what is being written and closes the store, if this memory opened it. */
  close(): Promise<void>;
}

/** Opens a memory. Errors: `invalid-option`, store errors. */
export async function openMemory(options: MemoryOptions = {}): Promise<Memory> {
  requireKnownFields("memory", options, ["store", "model", "counter", "prices", "clock", "embedder"]);
  const model = options.model === undefined ? "unknown" : requireText("model", options.model);
  const { store, own } = await openStore(options.store);
  const saved = await store.readCalibration(model);
  const counter = options.counter ?? (await counterForModel(options.model));
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
  const lines = new Map<string, Promise<Line>>();
  return {
    store,
    line: (id, lineOptions = {}) => {
      requireText("line", id, 1_000);
      requireKnownFields("line", lineOptions, ["owner"]);
      const owner =
        lineOptions.owner === undefined ? "default" : requireText("owner", lineOptions.owner, 1_000);
      const held = lines.get(id);
      if (held !== undefined) return held;
      const opened = store
        .openLine({ line: id, owner, parent: undefined, forkSeq: 0, created: context.clock() })
        .then((record) => openLine(context, record));
      // A failed opening must not be remembered, or the line could never be opened again.
      opened.catch(() => lines.delete(id));
      if (lines.size >= mostLines) lines.clear();
      lines.set(id, opened);
      return opened;
    },
    lines: (owner = "default") => store.listLines(owner),
    close: async () => {
      lines.clear();
      if (own) await store.close();
    },
  };
}

/** Lines whose state is kept in memory at once; all of it can be loaded again. */
const mostLines = 1_000;

async function openStore(
  store: MemoryOptions["store"],
): Promise<{ readonly store: Store; readonly own: boolean }> {
  if (store === undefined) return { store: openMemoryStore(), own: true };
  if ("openLine" in store) return { store, own: false };
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

import { LoadlineError } from "../../shared/errors.ts";
import { describeValue, requireKnownFields, requireOneOf, requireText } from "../../shared/options.ts";
import { contentKey, keyVersion } from "../conversation/message/identity.ts";
import type { Format } from "../conversation/message/message.ts";
import { formats } from "../conversation/read/read-message.ts";
import { cachePrices } from "../prices/cache-prices.ts";
import type { CachePrices } from "../prices/cache-prices.ts";
import { derivePrices } from "../prices/derive-prices.ts";
import { findModel } from "../prices/model-facts.ts";
import type { ModelOverrides } from "../prices/model-facts.ts";
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
import type { SyncOptions, Synced, Thread } from "./thread.ts";
import type { ConversationInput } from "./append/read-input.ts";
import { ownIdMark } from "./fork/fork-thread.ts";
import { openThread } from "./open-thread.ts";
import { KeeperShelf } from "./state/keeper-shelf.ts";
import { findThread } from "./sync/find-thread.ts";
import type { Sender } from "./sync/find-thread.ts";
import { readSent } from "./sync/read-history.ts";
import type { SentHistory } from "./sync/read-history.ts";
import { RecentRequests } from "./sync/recent-requests.ts";
import { keepPast, syncHistory } from "./sync/sync-history.ts";
import type { CheckedSyncOptions } from "./sync/sync-history.ts";
import type { TurnedSync } from "./sync/sync-history.ts";
import { checkSyncOptions, showSynced } from "./synced.ts";

/** Options of `openMemory`. */
export interface MemoryOptions {
  /** Where threads are stored: in this process (default), in a SQLite file, or in an open store. */
  readonly store?: { readonly kind: "memory" } | ({ readonly kind: "sqlite" } & SqliteStoreOptions) | Store;
  /** Model that the windows are for; selects the vocabulary that counts tokens. Default unknown: an estimate that learns. */
  readonly model?: string;
  /** A custom counter, instead of the one for the model. */
  readonly counter?: TokenCounter;
  /**
   * Relative prices by a provider's name, or custom ones. Default: those of the model, if the registry or `models` knows it; else
   * `anthropic` for Claude models and `openai` for others.
   */
  readonly prices?: string | CachePrices;
  /** Context windows and prices of models, by name, that replace or add to those of the registry. */
  readonly models?: ModelOverrides;
  /** Returns milliseconds since 1970 UTC. Default: the system's clock. */
  readonly clock?: () => number;
  /** Embeds texts for recall; without it, recall uses words only. */
  readonly embedder?: Embedder;
}

/** Options of `Memory.thread`. */
export interface ThreadOptions {
  /** Owner of the thread; recall can search all threads of one owner. Default `default`. */
  readonly owner?: string;
  /** Format of its messages. Default: settled by the first message that only one format can have. */
  readonly format?: Format;
}

/** Options of `Memory.sync`. */
export interface MemorySyncOptions extends Omit<SyncOptions, "strict"> {
  /** Owner of the conversation: nothing is looked for in threads of others. Default `default`. */
  readonly owner?: string;
  /** The client's id of its session, which groups threads. It proves nothing by itself. */
  readonly session?: string;
}

/** A store of threads, with everything needed to work with them. */
export interface Memory {
  readonly store: Store;
  /** Opens a thread; creates it if it does not exist. Errors: `invalid-option`, store errors. */
  thread(id: string, options?: ThreadOptions): Promise<Thread>;
  /**
   * Finds the thread that a whole history continues, and takes the history in as `Thread.sync` does. A history continues a thread only
   * with proof: it holds an answer that was given on it (`Thread.answer`), or it is the same request of the same session again. Else it
   * starts a thread. A first request of one message without tools starts a provisional thread: it is listed once a request extends it.
   * Errors: `invalid-option`, those of reading, store errors.
   */
  sync(messages: ConversationInput, options?: MemorySyncOptions): Promise<Synced>;
  /** Finds the thread on which a provider gave a response; undefined if none of the owner's is. Errors: store errors. */
  findResponse(responseId: string, owner?: string): Promise<Thread | undefined>;
  /** Lists the threads of an owner, oldest first. */
  threads(owner?: string): Promise<readonly ThreadRecord[]>;
  /** Finishes pending writes and closes the store, if this memory opened it. */
  close(): Promise<void>;
}

/** Opens a memory: a store of threads with a counter, prices and a clock. Errors: `invalid-option`, store errors. */
export async function openMemory(options: MemoryOptions = {}): Promise<Memory> {
  requireKnownFields("memory", options, [
    "store",
    "model",
    "counter",
    "prices",
    "models",
    "clock",
    "embedder",
  ]);
  const model = options.model === undefined ? "unknown" : requireText("model", options.model);
  const modelFacts = await findModel(options.model ?? options.counter?.model, options.models);
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
    modelFacts,
    prices: cachePrices(
      options.prices ?? derivePrices(modelFacts) ?? (/claude/i.test(model) ? "anthropic" : "openai"),
    ),
    clock: options.clock ?? Date.now,
    embedder: options.embedder,
    recent: new RecentRequests(),
    calibration: { current: saved === undefined ? noCalibration : readCalibration(saved.json) },
  };
  const shelf = new KeeperShelf(context);
  return {
    store,
    thread: (id, threadOptions = {}) => openNamedThread(shelf, id, threadOptions),
    sync: (messages, syncOptions = {}) => syncWithMemory(shelf, messages, syncOptions),
    findResponse: async (responseId, owner = "default") => {
      const place = await store.findResponse(owner, responseId);
      const record = place === undefined ? undefined : await store.findThread(place.thread);
      return record === undefined ? undefined : openThread(await shelf.open(record)).thread;
    },
    threads: (owner = "default") => store.listThreads(owner),
    close: async () => {
      await shelf.close();
      if (own) await store.close();
    },
  };
}

/** Characters of the name of a thread or an owner. */
const maxNameLength = 1_000;
/** A provisional thread is kept this long. */
const provisionalMs = 24 * 3_600_000;

function checkOwner(owner: string | undefined): string {
  return owner === undefined ? "default" : requireText("owner", owner, maxNameLength);
}

async function openNamedThread(shelf: KeeperShelf, id: string, options: ThreadOptions): Promise<Thread> {
  requireText("thread", id, maxNameLength);
  requireKnownFields("thread", options, ["owner", "format"]);
  const owner = checkOwner(options.owner);
  const format = options.format === undefined ? undefined : requireOneOf("format", options.format, formats);
  const { store, clock } = shelf.context;
  const record = makeRecord({ thread: id, owner, created: clock() });
  // Ids that Loadline gives are hashes: a caller can open such a thread, not make one.
  const found = id.startsWith(ownIdMark) ? await store.findThread(id) : record;
  const keeper = found === undefined ? undefined : await shelf.open(found);
  if (keeper === undefined || (options.owner !== undefined && keeper.state.record.owner !== owner)) {
    throw new LoadlineError(
      "not-found",
      `thread: got ${describeValue(id)}, which this owner does not have; ids that begin with ${ownIdMark} are given by Loadline`,
    );
  }
  if (format !== undefined) await keeper.runFresh(() => keeper.settleFormat(format));
  return openThread(keeper).thread;
}

function makeRecord(
  facts: Pick<ThreadRecord, "thread" | "owner" | "created"> & Partial<ThreadRecord>,
): ThreadRecord {
  return {
    parent: undefined,
    forkSeq: 0,
    session: undefined,
    continues: undefined,
    provisionalUntil: undefined,
    keyVersion,
    ...facts,
  };
}

async function syncWithMemory(
  shelf: KeeperShelf,
  input: ConversationInput,
  { owner: givenOwner, session, ...options }: MemorySyncOptions,
): Promise<Synced> {
  const checked = { ...checkSyncOptions(options), strict: false, isNamed: false };
  const owner = checkOwner(givenOwner);
  if (session !== undefined) requireText("session", session, maxNameLength);
  const sent = await readSent(input, { ...checked, recent: shelf.context.recent });
  const take = (): Promise<Synced> => findAndSync(shelf, { owner, session }, { sent, checked });
  return session === undefined ? take() : shelf.runInSession(owner, session, take);
}

async function findAndSync(
  shelf: KeeperShelf,
  { owner, session }: Sender,
  { sent, checked }: { readonly sent: SentHistory; readonly checked: CheckedSyncOptions },
): Promise<Synced> {
  const found = await findThread(shelf, { owner, session }, sent);
  if (found !== undefined && !found.isSummary) return show(await syncHistory(found.keeper, sent, checked));
  // OpenAI's chat format has the system prompt among the messages.
  const said = sent.history.filter(({ role }) => role !== "system");
  const isSingle = said.length <= 1 && sent.frame.tools === undefined;
  const created = shelf.context.clock();
  const keeper = await shelf.open(
    makeRecord({
      thread: `${ownIdMark}${contentKey("thread", crypto.randomUUID())}`,
      owner,
      created,
      session,
      continues: found?.keeper.id,
      provisionalUntil: isSingle ? created + provisionalMs : undefined,
    }),
  );
  if (found !== undefined) await keepPast(keeper, found.end);
  const synced = await syncHistory(keeper, sent, checked);
  return show(found === undefined ? synced : { ...synced, relation: "continued" });
}

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

function show(kept: TurnedSync): Synced {
  return showSynced(kept, openThread(kept.keeper));
}

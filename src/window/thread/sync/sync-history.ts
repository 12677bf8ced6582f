import { LoadlineError } from "../../../shared/errors.ts";
import { chainKey, contentKey } from "../../conversation/message/identity.ts";
import type { Message } from "../../conversation/message/message.ts";
import { readMessage } from "../../conversation/read/read-message.ts";
import { alignHistory } from "../../identity/align-history.ts";
import type { Alignment, Relation } from "../../identity/align-history.ts";
import { readMeaning } from "../../identity/meaning.ts";
import type { Entry } from "../../store/store.ts";
import { countInSlices } from "../append/count-in-slices.ts";
import { makeEntry } from "../append/make-entry.ts";
import { Slices } from "../state/slices.ts";
import { makeForkId, openFork } from "../fork/fork-thread.ts";
import { pairByKey } from "../fork/carry-changes.ts";
import type { OpenTurn } from "../state/open-turn.ts";
import { listReasoning } from "../state/answer-log.ts";
import type { ThreadKeeper } from "../state/thread-keeper.ts";
import type { View } from "../state/view.ts";
import { confirmAnswers } from "./confirm-answers.ts";
import { listFrameChange } from "./listed-changes.ts";
import { listPassed, makeView } from "./make-view.ts";
import type { HistoryMessage } from "./history-message.ts";
import type { SentHistory } from "./read-history.ts";
import { examine } from "./prove.ts";

/** Options of a sync, checked. */
export interface CheckedSyncOptions {
  /** Refuses a history that shares nothing with the thread, instead of starting a branch for it. */
  readonly strict: boolean;
  readonly stabilize: boolean;
  /** True if the caller names the thread, which is proof enough; else only what answers prove is taken for known. */
  readonly isNamed: boolean;
}

/** What a sync did. `keeper` holds the thread that now ends with the history. */
export interface KeptSync {
  readonly keeper: ThreadKeeper;
  readonly view: View;
  readonly relation: Relation;
  /** Handles of the new entries. */
  readonly handles: readonly string[];
  /** Number of sent messages that were known. */
  readonly known: number;
  /** Number of known messages that came in a smaller form. */
  readonly reduced: number;
  /** Number of entries that the client no longer sends. */
  readonly absent: number;
}

/** What a sync did, and its turn, which is open until it is durable. */
export interface TurnedSync extends KeptSync {
  readonly turn: OpenTurn;
}

/** Branches of branches that one history is followed through; more indicate a fault. */
const maxBranches = 1_000;

/** Aligns a history with a thread. */
export function alignWith(keeper: ThreadKeeper, history: readonly HistoryMessage[]): Promise<Alignment> {
  const { context, id, state } = keeper;
  return alignHistory(history, state.entries, async (seq, calls) => {
    const [entry] = await context.store.entries(id, seq, seq + 1);
    return entry === undefined ? undefined : readMeaning(readMessage(entry.json, entry.format), calls);
  });
}

/**
 * Takes a whole history in: what the thread has is known, what follows is written, and a history that differs goes on in a fork.
 * Errors: `not-a-continuation` with `strict`, store errors.
 */
export async function syncHistory(
  keeper: ThreadKeeper,
  sent: SentHistory,
  options: CheckedSyncOptions,
): Promise<TurnedSync> {
  let target = keeper;
  let first: Alignment | undefined;
  for (let branches = 0; branches < maxBranches; branches++) {
    const current = target;
    const { result: step, turn } = await current.runEarly(
      () => current.retry(() => syncHere(current, sent, options)),
      () => syncAgain(current, sent, options),
    );
    if ("view" in step) return { ...step, turn, ...(first === undefined ? {} : describeFork(first)) };
    first ??= step.alignment;
    target = await openBranch(current, sent.history, step.alignment);
  }
  throw new LoadlineError("internal", `thread ${keeper.id}: more than ${maxBranches} branches of branches`);
}

/** Writes a history after another process wrote to the thread meanwhile; returns the error if it now goes on in a fork. */
async function syncAgain(
  keeper: ThreadKeeper,
  sent: SentHistory,
  options: CheckedSyncOptions,
): Promise<LoadlineError | undefined> {
  if ("view" in (await syncHere(keeper, sent, options))) return undefined;
  return new LoadlineError(
    "head-moved",
    `thread ${keeper.id}: another process added other messages meanwhile, and nothing was written; sync the history again, it goes on in a fork`,
    { details: { thread: keeper.id } },
  );
}

/** Describes a fork as it looks from the thread that it left. */
function describeFork({ relation, slots, absent }: Alignment): Partial<KeptSync> {
  const reduced = slots.filter((slot) => slot.relation === "reduced").length;
  return { relation, known: slots.length, reduced, absent: absent.size };
}

/** Writes a history to this thread, or returns where it goes on elsewhere. */
async function syncHere(
  keeper: ThreadKeeper,
  sent: SentHistory,
  options: CheckedSyncOptions,
): Promise<KeptSync | { readonly alignment: Alignment }> {
  const { length } = keeper.state.entries;
  const aligned = await alignWith(keeper, sent.history);
  const alignment = options.isNamed ? aligned : (await examine(keeper, aligned, sent.history)).alignment;
  const isForeign = alignment.relation === "foreign" && length > 0;
  if (isForeign && options.strict) throw notContinued(keeper);
  const hasNew = sent.history.length > alignment.slots.length;
  if (hasNew && alignment.at < length) return { alignment };
  return writeHistory(keeper, { ...sent, alignment }, options);
}

function notContinued(keeper: ThreadKeeper): LoadlineError {
  const { length } = keeper.state.entries;
  return new LoadlineError(
    "not-a-continuation",
    `thread ${keeper.id}: the messages share nothing with its ${length} entries; open another thread for them, or leave strict out to start a branch`,
    { details: { thread: keeper.id, length } },
  );
}

/** Opens the thread that goes on with a history from where it differs, or that continues this one after a summary. */
async function openBranch(
  keeper: ThreadKeeper,
  history: readonly HistoryMessage[],
  { relation, slots, at, tail }: Alignment,
): Promise<ThreadKeeper> {
  const fresh = relation === "continued" ? history : history.slice(slots.length);
  let chain = relation === "continued" ? contentKey("continues", keeper.id) : keeper.chainBefore(at);
  const entries = fresh.map(({ key }, index) => {
    chain = chainKey(chain, key);
    return { key, chain, seq: at + index };
  });
  if (relation !== "continued") return openFork(keeper, { at, entries });
  const { record } = keeper.state;
  const continuing = await keeper.open({
    ...record,
    thread: makeForkId(keeper.id, 0, entries[0]?.chain ?? ""),
    parent: undefined,
    forkSeq: 0,
    created: keeper.context.clock(),
    continues: keeper.id,
    provisionalUntil: undefined,
  });
  await keepPast(continuing, tail === undefined ? 0 : tail.seq + tail.length);
  return continuing;
}

/** Records how much of the thread that a new one continues is its past. Errors: store errors. */
export function keepPast(keeper: ThreadKeeper, end: number): Promise<void> {
  return keeper.runFresh(() =>
    keeper.retry(async () => {
      if (keeper.state.eventCount === 0) await keeper.save([{ kind: "continues", end }]);
    }),
  );
}

/** Returns entries of the thread that this one branched from or continues that say what the new messages say, by index. */
async function findHeldEntries(
  keeper: ThreadKeeper,
  fresh: readonly HistoryMessage[],
  at: number,
): Promise<ReadonlyMap<number, Entry>> {
  const { parent, continues } = keeper.state.record;
  const source = parent ?? continues;
  if (source === undefined || keeper.state.entries.length > at || keeper.hasOwnEntries) return new Map();
  const { store } = keeper.context;
  const { length } = await store.head(source);
  const entries = await store.entries(source, parent === undefined ? 0 : at, length);
  const keyed = fresh.map(({ key }, index) => ({ key, seq: index }));
  const list = { length: entries.length, at: (index: number) => entries[index] };
  const pairs = pairByKey(list, keyed, 0);
  return new Map(
    [...pairs].flatMap(([index, place]) => (entries[index] === undefined ? [] : [[place, entries[index]]])),
  );
}

/** Returns a held entry that may stand for a message: what both say leaves reasoning out, so it must not differ. */
function findReusable(held: Entry | undefined, message: Message): Entry | undefined {
  if (held === undefined || !held.parts.some(({ kind }) => kind === "reasoning")) return held;
  return listReasoning(readMessage(held.json, held.format)) === listReasoning(message) ? held : undefined;
}

async function makeFreshEntries(
  keeper: ThreadKeeper,
  fresh: readonly HistoryMessage[],
  { at, time }: { readonly at: number; readonly time: number | undefined },
): Promise<readonly Entry[]> {
  const { counter, clock } = keeper.context;
  const answers = await confirmAnswers(keeper, fresh, keeper.chainBefore(at));
  const held = await findHeldEntries(keeper, fresh, at);
  const now = clock();
  let parentChain = keeper.chainBefore(at);
  const entries: Entry[] = [];
  const slices = new Slices();
  for (const [index, { message, key }] of fresh.entries()) {
    const seq = at + index;
    const same = findReusable(held.get(index), message);
    const answer = answers[index];
    const first: Message =
      answer === undefined
        ? { ...message, time: message.time ?? time }
        : { ...readMessage(answer.json, answer.format), time: answer.time };
    const entry =
      same === undefined
        ? await slices.run(
            makeEntry(
              { message: first, key, tokens: await countInSlices(first, counter, slices) },
              { seq, parentChain, now },
              counter.id,
            ),
          )
        : { ...same, seq, chain: chainKey(parentChain, key) };
    parentChain = entry.chain;
    entries.push(entry);
    await slices.next();
  }
  return entries;
}

async function writeHistory(
  keeper: ThreadKeeper,
  sent: SentHistory & { readonly alignment: Alignment },
  options: CheckedSyncOptions,
): Promise<KeptSync> {
  const { history, frame, alignment } = sent;
  const held = keeper.state.entries.length;
  const fresh = history.slice(alignment.slots.length);
  const entries =
    fresh.length === 0 ? [] : await makeFreshEntries(keeper, fresh, { at: alignment.at, time: sent.time });
  const messages = fresh.map(({ message }) => message);
  const passed = listPassed(keeper, { history, alignment });
  const changes = [
    ...listFrameChange(keeper, frame, { passed, absent: alignment.absent, end: alignment.end }),
    ...keeper.listFormatChanges(sent),
  ];
  if (entries.length > 0) keeper.appendEarly(entries, messages, changes);
  else await keeper.save(changes);
  if (held > 0 && entries.length > 0) await keeper.makeDurable();
  const view = await new Slices().run(makeView(keeper, { history, alignment, passed }, options.stabilize));
  keeper.setView(view);
  return {
    keeper,
    view,
    relation: held === 0 ? "equal" : alignment.relation,
    handles: entries.map((entry) => `#${entry.seq}`),
    known: alignment.slots.length,
    reduced: alignment.slots.filter((slot) => slot.relation === "reduced").length,
    absent: alignment.absent.size,
  };
}

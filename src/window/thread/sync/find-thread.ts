import type { Frame } from "../../conversation/message/message.ts";
import type { Store, ThreadRecord } from "../../store/store.ts";
import type { KeeperShelf } from "../state/keeper-shelf.ts";
import type { ThreadKeeper } from "../state/thread-keeper.ts";
import { isLikeFrame } from "./like-frame.ts";
import { examine } from "./prove.ts";
import type { Candidate } from "./prove.ts";
import type { SentHistory } from "./read-history.ts";
import type { HistoryMessage } from "./history-message.ts";
import { alignWith } from "./sync-history.ts";

/** Who sends a history, and what groups it. */
export interface Sender {
  readonly owner: string;
  /** The client's id of its session: a hint, never a proof. */
  readonly session: string | undefined;
}

/** Answers of a history that are looked for, newest first. */
const maxAnswers = 50;
/** Threads that are compared with a history. */
const maxCandidates = 24;
/** Characters of an answer that a later history must hold to be its summary. */
const minSummaryCharacters = 200;
/** Messages at a history's start that may hold a summary. */
const maxSummaryMessages = 4;

/** The thread that a history belongs to, or that it continues after a summary. */
export interface FoundThread {
  readonly keeper: ThreadKeeper;
  readonly isSummary: boolean;
  /** Number of its entries that a summary replaces. */
  readonly end: number;
}

/**
 * Finds the thread that a history continues, with proof: it holds an answer that was given on that thread, or it is the same request
 * again from the same session. Undefined without proof: a wrong merge would show one conversation to another. Errors: store errors.
 */
export async function findThread(
  shelf: KeeperShelf,
  { owner, session }: Sender,
  { history, frame, format, settled }: SentHistory,
): Promise<FoundThread | undefined> {
  const records = await listCandidates(shelf.context.store, { owner, session }, history);
  const candidates: Candidate[] = [];
  const others: Candidate[] = [];
  for (const record of records) {
    const keeper = await shelf.open(record);
    const held = await keeper.runFresh(() => keeper.format);
    // A history that comes in another format is of another client: it continues nothing by itself.
    if (settled === true && held !== undefined && held !== format) continue;
    const { examined, isProven } = await keeper.runFresh(async () => {
      const examined = await examine(keeper, await alignWith(keeper, history), history);
      const isRetry =
        session !== undefined && record.session === session && repeats(examined, { history, frame });
      return { examined, isProven: examined.lastProof >= 0 || isRetry };
    });
    (isProven ? candidates : others).push(examined);
  }
  const best = chooseCandidate(candidates, others);
  if (best !== undefined) return { keeper: best.keeper, isSummary: false, end: 0 };
  if (session === undefined) return undefined;
  const summarised = await findSummarised(shelf, records, { session, history });
  return summarised;
}

/** Lists threads on which an answer of the history was given, then those of its session, newest first. */
async function listCandidates(
  store: Store,
  { owner, session }: Sender,
  history: readonly HistoryMessage[],
): Promise<readonly ThreadRecord[]> {
  const answers = history.filter(({ role }) => role === "assistant").map(({ key }) => key);
  const keys = [...new Set(answers.toReversed())].slice(0, maxAnswers);
  const places = keys.length === 0 ? [] : await store.findAnswers(owner, keys, maxCandidates * 4);
  const found = new Map<string, ThreadRecord>();
  for (const { thread } of places) {
    if (found.has(thread) || found.size >= maxCandidates) continue;
    const record = await store.findThread(thread);
    if (record !== undefined) found.set(thread, record);
  }
  if (session === undefined) return [...found.values()];
  for (const record of (await store.listThreads(owner, session)).toReversed()) {
    if (found.size >= maxCandidates) break;
    found.set(record.thread, record);
  }
  return [...found.values()];
}

/** Returns true if a history is a request again: all but its last message is known, with a like frame. */
function repeats(
  { keeper, alignment, known }: Candidate,
  { history, frame }: { readonly history: readonly HistoryMessage[]; readonly frame: Frame },
): boolean {
  if (alignment.relation !== "equal" || alignment.slots.some(({ seq }) => seq === undefined)) return false;
  const isWhole = known >= history.length || (known >= history.length - 1 && known > 1);
  return isWhole && keeper.state.entries.length <= history.length && isLikeFrame(keeper.state.frame, frame);
}

/**
 * Chooses the thread that a history continues. Where the best one holds words that the history does not, and another one with a
 * different past has as much proof, neither is taken: both began alike, and the words may be those of the other. `others` have no proof: one that holds more of the
 * history to the word is the same sign.
 */
function chooseCandidate(
  candidates: readonly Candidate[],
  others: readonly Candidate[],
): Candidate | undefined {
  const best = [...candidates].sort(compareCandidates)[0];
  if (best === undefined || isExact(best)) return best;
  const hasRival = [...candidates, ...others].some(
    (one) =>
      (one.lastProof >= best.lastProof || one.exact > best.exact) &&
      one.chainAt(best.exact) !== best.chainAt(best.exact),
  );
  return hasRival ? candidates.filter(isExact).sort(compareCandidates)[0] : best;
}

/** Returns true if a history holds every word of what its thread holds there. */
function isExact({ exact, known }: Candidate): boolean {
  return exact >= known;
}

/** Orders candidates: later proof first, then more known messages, then a thread that needs no fork, then the newer one. */
function compareCandidates(a: Candidate, b: Candidate): number {
  const rank = ({ alignment }: Candidate): number =>
    alignment.relation === "fork" || alignment.relation === "continued" ? 1 : 0;
  return (
    b.lastProof - a.lastProof ||
    b.known - a.known ||
    rank(a) - rank(b) ||
    b.keeper.state.record.created - a.keeper.state.record.created
  );
}

/** Returns the session's thread on which an answer was given that the history begins with: its summary. */
async function findSummarised(
  shelf: KeeperShelf,
  records: readonly ThreadRecord[],
  { session, history }: { readonly session: string; readonly history: readonly HistoryMessage[] },
): Promise<FoundThread | undefined> {
  const start = history
    .slice(0, maxSummaryMessages)
    .flatMap(({ message }) => message.parts.map((part) => (part.kind === "text" ? part.text : "")))
    .join("\n");
  if (start.length < minSummaryCharacters) return undefined;
  for (const record of records) {
    if (record.session !== session) continue;
    const keeper = await shelf.open(record);
    const answers = await keeper.answers.newest();
    const summary = answers.find(({ text }) => holdsPassage(start, text));
    if (summary !== undefined) return { keeper, isSummary: true, end: summary.start };
  }
  return undefined;
}

/** Returns true if a text holds a passage of another one, of at least as many characters as a summary needs. */
export function holdsPassage(text: string, of: string): boolean {
  const step = minSummaryCharacters / 2;
  for (let at = 0; at + minSummaryCharacters <= of.length; at += step)
    if (text.includes(of.slice(at, at + minSummaryCharacters))) return true;
  return false;
}

import { buildRecallIndex, extendRecallIndex } from "../../recall/index/recall-index.ts";
import type { RecallIndex } from "../../recall/index/recall-index.ts";
import type { CollectionStatistics, RecallDocument } from "../../recall/index/document.ts";
import { searchTerms } from "../../recall/score/query.ts";
import type { RecallQuery } from "../../recall/score/query.ts";
import { readMessage } from "../../conversation/read/read-message.ts";
import type { Entry, Store } from "../../store/store.ts";
import { searchableText } from "../state/searchable-text.ts";

/** Threads up to this length are searched whole, by an index kept in memory; longer ones by candidates from the store. */
const maxWholeLength = 4_000;
/** Candidates by the query's words, and as many by related words. */
const candidatesEach = 400;
/** Neighbours on each side of a candidate: what stands beside it lends it words. */
const neighbours = 2;
/** Documents of different threads are no neighbours: their numbers are kept this far apart. */
const threadGap = 16;
/** Passages of at most this many tokens: small budgets hold several. */
const passageTokens = 256;

/** Where a document of a pool comes from. */
export interface PoolPlace {
  readonly thread: string;
  readonly seq: number;
}

/** What a query is ranked against. */
export interface RecallPool {
  readonly index: RecallIndex;
  readonly statistics: CollectionStatistics | undefined;
  /** The place of a document by its number in the index. */
  readonly placeOf: (number: number) => PoolPlace;
}

/** The index over a whole thread, kept and extended from one query to the next. */
export interface WholeIndex {
  readonly index: RecallIndex;
  readonly length: number;
}

function documentOf(entry: Entry, number: number): RecallDocument {
  return {
    seq: number,
    role: entry.role,
    speaker: entry.speaker,
    time: entry.time,
    text: searchableText(readMessage(entry.json, entry.format)),
    tokens: entry.tokens,
  };
}

/** Whether a thread is short enough for an index of all its entries. */
export function fitsWhole(length: number): boolean {
  return length <= maxWholeLength;
}

/** The pool of a whole thread; reads only the entries that came since the last time. */
export async function wholePool(
  store: Store,
  thread: string,
  length: number,
  held: WholeIndex | undefined,
): Promise<{ readonly pool: RecallPool; readonly held: WholeIndex }> {
  const entries = await store.entries(thread, held?.length ?? 0, length);
  // The system prompt stands in every window, so there is nothing to recall of it.
  const documents = entries
    .filter((entry) => entry.role !== "system")
    .map((entry) => documentOf(entry, entry.seq));
  const index =
    held === undefined
      ? buildRecallIndex(documents, { passageTokens })
      : extendRecallIndex(held.index, documents);
  const pool = { index, statistics: undefined, placeOf: (seq: number): PoolPlace => ({ thread, seq }) };
  return { pool, held: { index, length } };
}

/** The pool of the best candidates of one or more threads, with their neighbours and the statistics of all. */
export async function candidatePool(
  store: Store,
  threads: readonly string[],
  query: RecallQuery,
): Promise<RecallPool> {
  const { words, related, dates } = searchTerms(query);
  const found = await store.search(threads, words, candidatesEach);
  const others = await store.search(threads, [...related, ...dates], candidatesEach);
  const places: PoolPlace[] = [];
  const documents: RecallDocument[] = [];
  let number = 0;
  for (const thread of threads) {
    const { length } = await store.head(thread);
    const wanted = withNeighbours(
      [...found.candidates, ...others.candidates]
        .filter((place) => place.thread === thread)
        .map((place) => place.seq),
      length,
    );
    const base = number;
    for (const [from, to] of runsOf(wanted)) {
      for (const entry of await store.entries(thread, from, to)) {
        if (entry.role === "system") continue;
        number = base + entry.seq;
        places[number] = { thread, seq: entry.seq };
        documents.push(documentOf(entry, number));
      }
    }
    number = base + length + threadGap;
  }
  const frequency = new Map<string, number>();
  words.forEach((term, index) => frequency.set(term, found.documentFrequency[index] ?? 0));
  [...related, ...dates].forEach((term, index) => frequency.set(term, others.documentFrequency[index] ?? 0));
  return {
    index: buildRecallIndex(documents, { passageTokens }),
    statistics: {
      documentCount: Math.max(1, found.documentCount),
      averageLength: Math.max(1, found.averageLength),
      documentFrequency: (term) => frequency.get(term),
    },
    placeOf: (place) => places[place] ?? { thread: threads[0] ?? "", seq: place },
  };
}

function withNeighbours(seqs: readonly number[], length: number): readonly number[] {
  const wanted = new Set<number>();
  for (const seq of seqs) {
    for (let near = Math.max(0, seq - neighbours); near <= Math.min(length - 1, seq + neighbours); near += 1)
      wanted.add(near);
  }
  return [...wanted].sort((a, b) => a - b);
}

function runsOf(sorted: readonly number[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  for (const seq of sorted) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === seq) last[1] = seq + 1;
    else runs.push([seq, seq + 1]);
  }
  return runs;
}

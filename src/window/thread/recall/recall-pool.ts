import { buildRecallIndex, extendRecallIndex } from "../../recall/index/recall-index.ts";
import type { RecallIndex } from "../../recall/index/recall-index.ts";
import type { CollectionStatistics, RecallDocument } from "../../recall/index/document.ts";
import { chooseSearchTerms } from "../../recall/score/query.ts";
import type { RecallQuery } from "../../recall/score/query.ts";
import { readMessage } from "../../conversation/read/read-message.ts";
import type { Entry, Store } from "../../store/store.ts";
import { joinSearchableText } from "../state/searchable-text.ts";

/** Threads up to this length, in entries, are searched entirely, by an index in memory; longer ones by candidates from the store. */
const maxIndexedLength = 4_000;
/** Candidates by the query's words, and again as many by related words and dates. */
const maxCandidates = 400;
/** Neighbours on each side of a candidate: they lend it words. */
const neighbours = 2;
/** Gap between the document numbers of two threads, so that their entries are not neighbours. */
const threadGap = 16;
/** Size of a passage in tokens: small budgets hold several. */
const maxPassageTokens = 256;

/** The entry that a document of a pool comes from. */
export interface PoolPlace {
  readonly thread: string;
  readonly seq: number;
}

/** The documents that a query is ranked against. */
export interface RecallPool {
  readonly index: RecallIndex;
  readonly statistics: CollectionStatistics | undefined;
  /** Returns the entry of a document by its number in the index. */
  readonly placeOf: (number: number) => PoolPlace;
}

/** The index of an entire thread, kept and extended from query to query. */
export interface ThreadIndex {
  readonly index: RecallIndex;
  readonly length: number;
}

function makeDocument(entry: Entry, number: number): RecallDocument {
  return {
    seq: number,
    role: entry.role,
    speaker: entry.speaker,
    time: entry.time,
    text: joinSearchableText(readMessage(entry.json, entry.format)),
    tokens: entry.tokens,
  };
}

/** Returns true if a thread is short enough for an index of all its entries. */
export function canIndex(length: number): boolean {
  return length <= maxIndexedLength;
}

/** Makes the pool of an entire thread; reads only entries added since the last time. */
export async function makeThreadPool(
  store: Store,
  thread: string,
  length: number,
  held: ThreadIndex | undefined,
): Promise<{ readonly pool: RecallPool; readonly held: ThreadIndex }> {
  const entries = await store.entries(thread, held?.length ?? 0, length);
  // The system prompt is in every window, so it need not be recalled.
  const documents = entries
    .filter((entry) => entry.role !== "system")
    .map((entry) => makeDocument(entry, entry.seq));
  const index =
    held === undefined
      ? buildRecallIndex(documents, { passageTokens: maxPassageTokens })
      : extendRecallIndex(held.index, documents);
  const pool = { index, statistics: undefined, placeOf: (seq: number): PoolPlace => ({ thread, seq }) };
  return { pool, held: { index, length } };
}

/** Makes a pool of the best candidates of one or more threads, with their neighbours and the statistics of all entries. */
export async function makeCandidatePool(
  store: Store,
  threads: readonly string[],
  query: RecallQuery,
): Promise<RecallPool> {
  const { words, related, dates } = chooseSearchTerms(query);
  const found = await store.search(threads, words, maxCandidates);
  const others = await store.search(threads, [...related, ...dates], maxCandidates);
  const places: PoolPlace[] = [];
  const documents: RecallDocument[] = [];
  let number = 0;
  for (const thread of threads) {
    const { length } = await store.head(thread);
    const wanted = addNeighbours(
      [...found.candidates, ...others.candidates]
        .filter((place) => place.thread === thread)
        .map((place) => place.seq),
      length,
    );
    const base = number;
    for (const [from, to] of splitRuns(wanted)) {
      for (const entry of await store.entries(thread, from, to)) {
        if (entry.role === "system") continue;
        number = base + entry.seq;
        places[number] = { thread, seq: entry.seq };
        documents.push(makeDocument(entry, number));
      }
    }
    number = base + length + threadGap;
  }
  const frequency = new Map<string, number>();
  words.forEach((term, index) => frequency.set(term, found.documentFrequency[index] ?? 0));
  [...related, ...dates].forEach((term, index) => frequency.set(term, others.documentFrequency[index] ?? 0));
  return {
    index: buildRecallIndex(documents, { passageTokens: maxPassageTokens }),
    statistics: {
      documentCount: Math.max(1, found.documentCount),
      averageLength: Math.max(1, found.averageLength),
      documentFrequency: (term) => frequency.get(term),
    },
    placeOf: (place) => places[place] ?? { thread: threads[0] ?? "", seq: place },
  };
}

function addNeighbours(seqs: readonly number[], length: number): readonly number[] {
  const wanted = new Set<number>();
  for (const seq of seqs) {
    for (let near = Math.max(0, seq - neighbours); near <= Math.min(length - 1, seq + neighbours); near++)
      wanted.add(near);
  }
  return [...wanted].sort((a, b) => a - b);
}

function splitRuns(sorted: readonly number[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  for (const seq of sorted) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === seq) last[1] = seq + 1;
    else runs.push([seq, seq + 1]);
  }
  return runs;
}

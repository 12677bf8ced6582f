import type { Passage, RecallDocument } from "./document.ts";
import { splitPassages } from "./passages.ts";
import { readSignals } from "./signals.ts";
import type { Signals } from "./signals.ts";
import { extractTerms } from "../words/words.ts";

/** Where a term occurs: the passages in rising order, and the count in each. */
export interface Posting {
  readonly passages: number[];
  readonly counts: number[];
}

/**
 * Growing arrays, with one element per passage unless stated otherwise. An index and its extensions share them; each reads only
 * its own first part.
 */
export interface IndexStorage {
  /** One element per document. */
  readonly documents: RecallDocument[];
  readonly passages: Passage[];
  /** Number of the passage's document. */
  readonly documentOf: number[];
  /** Number of terms of the passage. */
  readonly lengths: number[];
  readonly signals: Signals[];
  /** True if the passage directly follows the previous one, in the same session. */
  readonly follows: boolean[];
  /** By term. */
  readonly postings: Map<string, Posting>;
}

/** Makes a storage without documents. */
export function makeStorage(): IndexStorage {
  return {
    documents: [],
    passages: [],
    documentOf: [],
    lengths: [],
    signals: [],
    follows: [],
    postings: new Map(),
  };
}

/** Adds one document at the end, cut into passages. Returns the number of its terms. */
export function addDocument(
  storage: IndexStorage,
  document: RecallDocument,
  session: number,
  passageTokens: number,
): number {
  const ranges = splitPassages(document.text, document.tokens, passageTokens);
  let length = 0;
  for (const [part, { start, end }] of ranges.entries()) {
    const text = document.text.slice(start, end);
    const share = ranges.length === 1 ? 1 : (end - start) / document.text.length;
    const tokens = Math.ceil(document.tokens * share);
    const passage: Passage = { seq: document.seq, part, parts: ranges.length, start, end, tokens, session };
    storage.follows.push(isFollowing(storage.passages.at(-1), passage));
    length += addTerms(storage, text);
    storage.passages.push(passage);
    storage.documentOf.push(storage.documents.length);
    storage.signals.push(readSignals(text));
  }
  storage.documents.push(document);
  return length;
}

function isFollowing(previous: Passage | undefined, next: Passage): boolean {
  return previous !== undefined && previous.session === next.session && next.seq - previous.seq <= 1;
}

function addTerms(storage: IndexStorage, text: string): number {
  const passage = storage.passages.length;
  const terms = extractTerms(text);
  for (const term of terms) {
    let posting = storage.postings.get(term);
    if (posting === undefined) storage.postings.set(term, (posting = { passages: [], counts: [] }));
    const last = posting.passages.length - 1;
    if (posting.passages[last] === passage) {
      posting.counts[last] = (posting.counts[last] ?? 0) + 1;
    } else {
      posting.passages.push(passage);
      posting.counts.push(1);
    }
  }
  storage.lengths.push(terms.length);
  return terms.length;
}

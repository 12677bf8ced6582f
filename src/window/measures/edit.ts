/** What can be done to lower a window's load, cheapest in information first; `recall` adds to it instead. */
export const measures = [
  "dedupe",
  "supersede",
  "drop-reasoning",
  "clear-results",
  "evict",
  "recall",
] as const;

/** One of the measures. */
export type Measure = (typeof measures)[number];

/**
 * Why an edit was made now. `pays`: on a warm cache it saves more than its rewriting costs. `cold`: the prefix has to be
 * written anew anyway. `forced`: the window would have been over its budget. `asked`: recall, or undo by the caller.
 */
export type EditReason = "pays" | "cold" | "forced" | "asked";

/** What becomes of one entry, or of one of its parts. */
export interface EditTarget {
  readonly seq: number;
  /** Index of the part; undefined for the whole entry, which then leaves the window. */
  readonly part: number | undefined;
  /** What stands in the part's place, verbatim ever after; undefined when it is cut. */
  readonly text: string | undefined;
  /** Tokens it has after the edit. */
  readonly tokens: number;
}

/** A message of our own that an edit puts into the window: a stub for what left, or a recalled block. */
export interface Insertion {
  /** It stands before the entry of this seq. */
  readonly beforeSeq: number;
  readonly text: string;
  readonly tokens: number;
  /** Seqs of the entries it stands for or brings back. */
  readonly seqs: readonly number[];
}

/** One recorded change of a thread's window. It holds for ever after, until it is undone or absorbed by a later one. */
export interface Edit {
  /** Number among the thread's edits, from 1; the handle is `e` and this number. */
  readonly number: number;
  readonly measure: Measure;
  readonly reason: EditReason;
  /** One sentence for a person. */
  readonly why: string;
  /** Milliseconds since 1970 UTC. */
  readonly time: number;
  readonly targets: readonly EditTarget[];
  readonly insertion: Insertion | undefined;
  /** Numbers of earlier edits whose insertions this one takes away (their targets stay as they are). */
  readonly absorbs: readonly number[];
  /** Tokens the window lost by it (negative for recall). */
  readonly freedTokens: number;
  /** Tokens behind the first changed place, which the provider's cache has to write anew. */
  readonly rewrittenTokens: number;
}

/** What can be done to lower a window's load, cheapest in information first; `recall` adds to it instead. */
export const measures = [
  "dedupe",
  "supersede",
  "drop-reasoning",
  "clear-images",
  "clear-results",
  "evict",
  "recall",
] as const;

/** One of the measures. */
export type Measure = (typeof measures)[number];

/**
 * Why an edit was made. `pays`: on a warm cache it saves more than its rewriting costs. `cold`: the prefix must be written again
 * anyway. `forced`: the window would exceed its budget. `requested`: the newest request called for a recall.
 */
export type EditReason = (typeof editReasons)[number];

/** The reasons by name. */
export const editReasons = ["pays", "cold", "forced", "requested"] as const;

/** What an edit does to one entry, or to one of its parts. */
export interface EditTarget {
  readonly seq: number;
  /** Index of the part; undefined for the entire entry, which then leaves the window. */
  readonly part: number | undefined;
  /** Text that replaces the part, verbatim in every later window; undefined when the part is cut. */
  readonly text: string | undefined;
  /** Tokens of the part or entry after the edit. */
  readonly tokens: number;
}

/** A message of our own that an edit inserts: a stub for evicted entries, or a block of recalled ones. */
export interface Insertion {
  /** Seq of the entry that it precedes. */
  readonly beforeSeq: number;
  readonly text: string;
  readonly tokens: number;
  /** Seqs of the entries it replaces or brings back. */
  readonly seqs: readonly number[];
}

/** One recorded change of a thread's window. It applies to every later window until it is undone or absorbed by a later edit. */
export interface Edit {
  /** Number among the thread's edits, from 1; the handle is `e` and this number. */
  readonly number: number;
  readonly measure: Measure;
  readonly reason: EditReason;
  /** The reason in one sentence, for a person. */
  readonly why: string;
  /** Milliseconds since 1970 UTC. */
  readonly time: number;
  readonly targets: readonly EditTarget[];
  readonly insertion: Insertion | undefined;
  /** Numbers of earlier edits whose insertions this one removes; their targets stay edited. */
  readonly absorbs: readonly number[];
  /** Tokens removed from the window; negative for a recall. */
  readonly freedTokens: number;
  /** Cached tokens after the first change, which the provider's cache must write again. */
  readonly rewrittenTokens: number;
  /**
   * Number of entries of the history that it was made for, if the thread had more: the client went back, and the edit applies only to
   * histories that are no longer.
   */
  readonly upTo?: number;
}

import type { BodyForm, Format, PartKind, Role } from "../conversation/message/message.ts";

/** A stored part: its kind, counts and offsets in the entry's JSON, without its text. */
export interface StoredPart {
  readonly kind: PartKind;
  readonly tokens: number;
  /** Offsets (start, end) of the JSON to remove when the part is cut. */
  readonly cut: readonly [number, number] | undefined;
  /** Offsets (start, end) of the JSON to replace when the part gets a stub. */
  readonly body: readonly [number, number] | undefined;
  readonly bodyForm: BodyForm;
  readonly callId: string | undefined;
  readonly toolName: string | undefined;
  /**
   * Hash of a tool result's text, or of a tool call's name and arguments: equal keys mean equal contents. Calls that the provider runs,
   * and their results, have none.
   */
  readonly contentKey: string | undefined;
}

/** One message of a thread. `json` is the original text, returned byte for byte. */
export interface Entry {
  /** Position in its thread, from 0, without gaps. A fork continues the numbering of its parent. */
  readonly seq: number;
  /** Identity: a hash chained over the parent entry's hash and this entry's bytes (hex, 64 characters). */
  readonly hash: string;
  readonly json: string;
  readonly format: Format;
  readonly role: Role;
  readonly speaker: string | undefined;
  /** Milliseconds since 1970 UTC: when the message was sent if known, else when it was appended. */
  readonly time: number;
  /** Tokens of the message, including the format's overhead. */
  readonly tokens: number;
  readonly parts: readonly StoredPart[];
  /** Id of the counter that counted the tokens. */
  readonly counter: string;
  /** Search terms of its text, normalized, joined by spaces, as `recall/words` makes them. */
  readonly terms: string;
}

/** A thread: one branch of a conversation. A fork has a parent thread and shares its entries before `forkSeq`. */
export interface ThreadRecord {
  readonly thread: string;
  readonly owner: string;
  readonly parent: string | undefined;
  /** Seq of the fork's first own entry; earlier ones are the parent's. 0 without a parent. */
  readonly forkSeq: number;
  /** Milliseconds since 1970 UTC. */
  readonly created: number;
}

/** The end of a thread. The next entry gets seq `length`; `hash` is the last entry's, empty for an empty thread. */
export interface ThreadHead {
  readonly length: number;
  readonly hash: string;
}

/** A saved change of a thread's window (edit, undo, pin, unpin, frame), as JSON text with its own schema. */
export interface ThreadEvent {
  /** Position among the thread's events, from 0, without gaps. */
  readonly index: number;
  readonly kind: string;
  readonly time: number;
  readonly json: string;
}

/** The best candidates of a search, with the statistics that ranking needs. */
export interface CandidateSet {
  readonly documentCount: number;
  /** Mean number of terms per entry. */
  readonly averageLength: number;
  /** Number of entries that contain each term, in the order of the terms. */
  readonly documentFrequency: readonly number[];
  readonly candidates: readonly { readonly thread: string; readonly seq: number }[];
}

/** What calibration learned for a model. */
export interface StoredCalibration {
  readonly model: string;
  readonly json: string;
}

/**
 * Stores threads. A write is durable when its promise resolves, and has changed nothing when it rejects. All implementations run the
 * same contract suite, `store.contract.ts`.
 *
 * Errors: `store-locked` after waiting `lockTimeoutMs`, `store-full`, `store-corrupt`, `store-newer`,
 * `store-closed`, `head-moved`, `not-found`.
 */
export interface Store {
  /** Name of the implementation, for example `sqlite`. */
  readonly kind: string;
  /** Creates a thread, or returns the existing one (then the given owner and parent are ignored). */
  openThread(record: ThreadRecord): Promise<ThreadRecord>;
  findThread(thread: string): Promise<ThreadRecord | undefined>;
  /** Lists the threads of an owner, oldest first. */
  listThreads(owner: string): Promise<readonly ThreadRecord[]>;
  head(thread: string): Promise<ThreadHead>;
  /**
   * Appends entries at the end: the first one's seq must be the head's length and its hash must chain to the head's hash. Entries that
   * the thread already has in their places are skipped, so resending a history writes only what is new. Anything else fails with
   * `head-moved`. All or nothing.
   */
  append(thread: string, entries: readonly Entry[]): Promise<ThreadHead>;
  /** Returns entries `fromSeq` (inclusive) to `toSeq` (exclusive), in order, including a fork's shared past. */
  entries(thread: string, fromSeq: number, toSeq: number): Promise<readonly Entry[]>;
  /** Returns the same entries without `json` and `terms` (both empty strings): enough to plan a window. */
  outlines(thread: string, fromSeq: number, toSeq: number): Promise<readonly Entry[]>;
  /** Returns entries whose hash starts with this prefix (hex), at most `limit`. */
  findByHash(thread: string, hashPrefix: string, limit: number): Promise<readonly Entry[]>;
  /** Finds the best entries for these terms by BM25, in the given threads, including forks' shared past. */
  search(threads: readonly string[], terms: readonly string[], limit: number): Promise<CandidateSet>;
  /** Appends events; the first one's index must be the number of existing events, else `head-moved`. */
  appendEvents(thread: string, events: readonly ThreadEvent[]): Promise<void>;
  events(thread: string, fromIndex: number): Promise<readonly ThreadEvent[]>;
  readCalibration(model: string): Promise<StoredCalibration | undefined>;
  writeCalibration(calibration: StoredCalibration): Promise<void>;
  /** Checks every stored hash and the database's own structure; returns the faults, none if it is sound. */
  verify(): Promise<readonly string[]>;
  close(): Promise<void>;
}

import type { Format, PartKind, Role } from "../conversation/message/message.ts";

/** A part as it is stored: what it is and where it stands in the entry's JSON, without its text. */
export interface StoredPart {
  readonly kind: PartKind;
  readonly tokens: number;
  readonly cut: readonly [number, number] | undefined;
  readonly body: readonly [number, number] | undefined;
  readonly bodyForm: "string" | "text-output";
  readonly callId: string | undefined;
  readonly toolName: string | undefined;
  /** Hash of what a tool result says, or of a tool call's name and arguments: equal keys are equal contents. */
  readonly contentKey: string | undefined;
}

/** One message of a thread, durable. `json` is the original text and comes back byte for byte. */
export interface Entry {
  /** Position in its thread, from 0, without gaps. A fork goes on counting where it left its parent. */
  readonly seq: number;
  /** Identity: a hash chained over the parent entry's hash and this entry's bytes (hex, 64 characters). */
  readonly hash: string;
  readonly json: string;
  readonly format: Format;
  readonly role: Role;
  readonly speaker: string | undefined;
  /** Milliseconds since 1970 UTC: when it was said, else when it was appended. */
  readonly time: number;
  /** Tokens of the whole message with its overhead, and of each part. */
  readonly tokens: number;
  readonly parts: readonly StoredPart[];
  /** Id of the counter that counted. */
  readonly counter: string;
  /** Searchable words: the normalised terms of its text, joined by spaces, as `recall/words` makes them. */
  readonly terms: string;
}

/** A thread: one branch of a conversation. A fork has a parent thread and shares its entries before `forkSeq`. */
export interface ThreadRecord {
  readonly thread: string;
  readonly owner: string;
  readonly parent: string | undefined;
  /** First seq that is the fork's own; entries before it are the parent's. 0 for a thread without a parent. */
  readonly forkSeq: number;
  /** Milliseconds since 1970 UTC. */
  readonly created: number;
}

/** The end of a thread: the next entry gets seq `length`; `hash` is the last entry's, empty for an empty thread. */
export interface ThreadHead {
  readonly length: number;
  readonly hash: string;
}

/** A saved event of a thread's window (an edit, an undo, a pin, a frame), as JSON text with its own schema. */
export interface ThreadEvent {
  /** Position in the thread's events, from 0, without gaps. */
  readonly index: number;
  readonly kind: string;
  readonly time: number;
  readonly json: string;
}

/** Document statistics of the searched threads and the best candidates, for ranking in TypeScript. */
export interface CandidateSet {
  readonly documentCount: number;
  /** Mean number of terms per entry. */
  readonly averageLength: number;
  /** How many entries hold each asked term, in the order asked. */
  readonly documentFrequency: readonly number[];
  readonly candidates: readonly { readonly thread: string; readonly seq: number }[];
}

/** A value that calibration learned, by model and kind. */
export interface StoredCalibration {
  readonly model: string;
  readonly json: string;
}

/**
 * Where threads are kept. Every method is durable when its promise resolves, or has changed nothing when it
 * rejects. All versions run the same contract suite, `store.contract.ts`.
 *
 * Errors: `store-locked` after waiting `lockTimeoutMs`, `store-full`, `store-corrupt`, `store-newer`,
 * `store-closed`, `head-moved`, `not-found`.
 */
export interface Store {
  /** For example `sqlite`. */
  readonly kind: string;
  /** Makes a thread, or gives the one that is there (then the given owner and parent are not looked at). */
  openThread(record: ThreadRecord): Promise<ThreadRecord>;
  findThread(thread: string): Promise<ThreadRecord | undefined>;
  /** Threads of an owner, oldest first. */
  listThreads(owner: string): Promise<readonly ThreadRecord[]>;
  head(thread: string): Promise<ThreadHead>;
  /**
   * Appends entries at the end; the first one's seq must be the head's length and its hash chained on the head's hash.
   * Entries that the thread holds already at their places are left out, so a history that is sent again writes only what is
   * new at its end. Anything else is `head-moved`: all or nothing.
   */
  append(thread: string, entries: readonly Entry[]): Promise<ThreadHead>;
  /** Entries `fromSeq` (inclusive) to `toSeq` (exclusive), in order, a fork's shared past included. */
  entries(thread: string, fromSeq: number, toSeq: number): Promise<readonly Entry[]>;
  /** The same without `json` and `terms` (both empty strings): what a window needs to plan. */
  outlines(thread: string, fromSeq: number, toSeq: number): Promise<readonly Entry[]>;
  /** Entries of the thread whose hash starts with this prefix (hex), at most `limit`. */
  findByHash(thread: string, hashPrefix: string, limit: number): Promise<readonly Entry[]>;
  /** The best entries for these terms by a plain BM25 over `terms`, among the given threads (forks' shared past included). */
  search(threads: readonly string[], terms: readonly string[], limit: number): Promise<CandidateSet>;
  /** Appends events; the first one's index must be the number there are, else `head-moved`. */
  appendEvents(thread: string, events: readonly ThreadEvent[]): Promise<void>;
  events(thread: string, fromIndex: number): Promise<readonly ThreadEvent[]>;
  readCalibration(model: string): Promise<StoredCalibration | undefined>;
  writeCalibration(calibration: StoredCalibration): Promise<void>;
  /** Checks every stored hash and the database's own structure; gives the faults found, none when sound. */
  verify(): Promise<readonly string[]>;
  close(): Promise<void>;
}

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
  /**
   * Hash of what the message says (32 hex characters), as `makeKey` makes it: equal in every form in which a client sends the
   * message again.
   */
  readonly key: string;
  /** Its place: a hash chained over the parent entry's chain and this entry's key (64 hex characters). */
  readonly chain: string;
  /** Hash of the stored bytes, parts and counts (32 hex characters): what reading and `verify` check. */
  readonly checksum: string;
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
  /**
   * True for a message between the client's own that the client never sends, such as a recall that was answered on its behalf: a
   * window puts it back in its place.
   */
  readonly hidden: boolean;
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
  /** The client's id that groups its threads, if it sent one: a hint, never a proof. */
  readonly session: string | undefined;
  /** The thread whose history this one continues after the client replaced its start with a summary. */
  readonly continues: string | undefined;
  /**
   * Time until which the thread is kept if no request extends it, in milliseconds since 1970 UTC; undefined for a durable one. A
   * provisional thread is not listed.
   */
  readonly provisionalUntil: number | undefined;
  /** Version of the rules that made the keys of its entries: `keyVersion` of the release that wrote them. */
  readonly keyVersion: number;
}

/** What may change in a thread's record. */
export type ThreadChanges = Partial<Pick<ThreadRecord, "session" | "continues" | "provisionalUntil">>;

/**
 * One message of an answer that a provider gave on a thread. Provisional until a request holds it: then it becomes an entry, with
 * these bytes.
 */
export interface StoredAnswer {
  /** Position among the messages of the thread's answers, from 0, without gaps. */
  readonly index: number;
  /** Number of the answer among the thread's, from 0: an answer of several items has one number. */
  readonly answer: number;
  /** Seq that the message takes when a request confirms it. */
  readonly place: number;
  /** Chain of the entry before the answer, empty at a thread's start. */
  readonly parentChain: string;
  readonly key: string;
  /** The message's JSON text, as the provider sent it. */
  readonly json: string;
  readonly format: Format;
  /** Id that the provider gave to the response. */
  readonly responseId: string | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly time: number;
  /** False if the stream was cut: then the text is what came. */
  readonly complete: boolean;
  /** Reported usage, as JSON text. */
  readonly usage: string | undefined;
}

/** Where an answer was given. */
export interface AnswerPlace {
  readonly thread: string;
  readonly place: number;
  readonly key: string;
}

/** The end of a thread. The next entry gets seq `length`; `chain` is the last entry's, empty for an empty thread. */
export interface ThreadHead {
  readonly length: number;
  readonly chain: string;
}

/** A saved change of a thread's window (edit, undo, pin, unpin, frame), as JSON text with its own schema. */
export interface ThreadEvent {
  /** Position among the thread's events, from 0, without gaps. */
  readonly index: number;
  readonly kind: string;
  readonly time: number;
  readonly json: string;
  /** Long texts of the event, which `json` names by their index: each is stored once per owner. */
  readonly texts: readonly string[];
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
  /** Changes a thread's record; fields that are not given stay. */
  changeThread(thread: string, changes: ThreadChanges): Promise<ThreadRecord>;
  /** Lists the threads of an owner, oldest first; with `session`, those of one session. */
  listThreads(owner: string, session?: string): Promise<readonly ThreadRecord[]>;
  head(thread: string): Promise<ThreadHead>;
  /**
   * Appends entries at the end: the first one's seq must be the head's length and its chain must follow the head's. Entries whose
   * place and chain the thread already has are skipped, so resending a history writes only what is new. Anything else fails with
   * `head-moved`. All or nothing. `events` are appended in the same commit.
   */
  append(thread: string, entries: readonly Entry[], events?: readonly ThreadEvent[]): Promise<ThreadHead>;
  /**
   * Returns entries `fromSeq` (inclusive) to `toSeq` (exclusive), in order, including a fork's shared past. Errors: `store-corrupt` for
   * an entry whose checksum does not match.
   */
  entries(thread: string, fromSeq: number, toSeq: number): Promise<readonly Entry[]>;
  /** Returns the same entries without `json` and `terms` (both empty strings): enough to plan a window. */
  outlines(thread: string, fromSeq: number, toSeq: number): Promise<readonly Entry[]>;
  /** Returns entries whose chain starts with this prefix (hex), at most `limit`. */
  findByChain(thread: string, chainPrefix: string, limit: number): Promise<readonly Entry[]>;
  /** Finds the best entries for these terms by BM25, in the given threads, including forks' shared past. */
  search(threads: readonly string[], terms: readonly string[], limit: number): Promise<CandidateSet>;
  /** Appends events; the first one's index must be the number of existing events, else `head-moved`. */
  appendEvents(thread: string, events: readonly ThreadEvent[]): Promise<void>;
  events(thread: string, fromIndex: number): Promise<readonly ThreadEvent[]>;
  /** Appends messages of answers; the first one's index must be the number of existing ones, else `head-moved`. */
  appendAnswers(thread: string, answers: readonly StoredAnswer[]): Promise<void>;
  /** Returns the messages of answers that were given on this thread itself, in order. */
  answers(thread: string, fromIndex: number): Promise<readonly StoredAnswer[]>;
  /** Finds where an owner's providers gave answers with these keys, newest first, at most `limit`. */
  findAnswers(owner: string, keys: readonly string[], limit: number): Promise<readonly AnswerPlace[]>;
  /** Finds where an owner's provider gave the response with this id. */
  findResponse(owner: string, responseId: string): Promise<AnswerPlace | undefined>;
  /** Keeps what was sent last on a thread, as JSON text; replaces what was kept. */
  writeSent(thread: string, json: string): Promise<void>;
  readSent(thread: string): Promise<string | undefined>;
  readCalibration(model: string): Promise<StoredCalibration | undefined>;
  writeCalibration(calibration: StoredCalibration): Promise<void>;
  /** Checks every stored checksum and chain and the database's own structure; returns the faults, none if it is sound. */
  verify(): Promise<readonly string[]>;
  close(): Promise<void>;
}

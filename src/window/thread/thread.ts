import type { Window } from "../assemble/assemble-window.ts";
import type { Edit } from "../measures/edit.ts";
import type { Format, Role } from "../conversation/message/message.ts";
import type { Relation } from "../identity/align-history.ts";
import type { ConversationInput } from "./append/read-input.ts";
import type { Recalled } from "./recall/recall-from-pool.ts";
import type { RecallOptions, WindowOptions } from "./window-options.ts";

/** An entry with its original bytes. */
export interface ExpandedEntry {
  readonly seq: number;
  readonly handle: string;
  /** Identifies the entry's place: a hash chained over what all messages before it say. */
  readonly chain: string;
  readonly role: Role;
  readonly time: number;
  readonly tokens: number;
  /** The original JSON text of the message. */
  readonly json: string;
  /** Its readable text. */
  readonly text: string;
}

/** Result of an append. */
export interface Appended {
  /** The thread that now ends with the messages: this one, or a fork if they diverge from its history. */
  readonly thread: Thread;
  readonly forked: boolean;
  /** Handles of the new entries. */
  readonly handles: readonly string[];
  /** Number of given messages that the thread already had. */
  readonly known: number;
  readonly length: number;
}

/** Options of `Thread.append`. */
export interface AppendOptions {
  /**
   * Handle of the entry that the messages follow. Messages that are already there are known, so the append may be repeated; a thread
   * that went on otherwise is forked. Default: the thread's end.
   */
  readonly after?: string;
  /** Name of this append, up to 200 characters: repeated with the same name, it adds nothing. */
  readonly key?: string;
  /** Time of messages without one of their own, in milliseconds since 1970 UTC. Default now. */
  readonly time?: number;
  /** Format of the messages; settles the thread's. Default: what the thread's messages show. */
  readonly format?: Format;
  /**
   * True for messages that the client never sends itself, such as a recall that was answered on its behalf: later windows put them
   * back. Default false.
   */
  readonly hidden?: boolean;
}

/** Options of `Thread.sync`. */
export interface SyncOptions {
  /** Refuses a history that shares nothing with the thread (`not-a-continuation`); by default it starts a branch. */
  readonly strict?: boolean;
  /**
   * Sends each known message in the form in which it was sent before, where the new form says the same: clients that render old
   * messages again break the provider's cache. Default false.
   */
  readonly stabilize?: boolean;
  /** Time of new messages without one of their own, in milliseconds since 1970 UTC. Default now. */
  readonly time?: number;
  /** Format of the messages; settles the thread's. Default: what the messages show. */
  readonly format?: Format;
}

/** Result of a sync. */
export interface Synced {
  /** The thread that now ends with the history: the given one, a fork of it, or one that continues it. */
  readonly thread: Thread;
  /**
   * How the history relates to what was stored: `equal` (the same, or the same and more), `reduced` (the client made old messages
   * smaller), `cut` (it left some out), `continued` (it replaced the start), `fork` (it differs from some place on), `foreign` (it
   * shares nothing).
   */
  readonly relation: Relation;
  /** Handles of the new entries. */
  readonly handles: readonly string[];
  /** Number of sent messages that were known. */
  readonly known: number;
  /** Number of known messages that came in a smaller form. */
  readonly reduced: number;
  /** Number of entries that the client no longer sends. */
  readonly absent: number;
  /** Number of entries of the thread. */
  readonly length: number;
  /** What a caller should know about, in sentences. */
  readonly warnings: readonly string[];
  /**
   * Resolves when the history is durable: `sync` resolves before, so that a request can be forwarded while it is stored. Wait for it
   * before the answer's last byte. Rejects if the store refused it; then nothing of it remains, and syncing it again is safe. If no one
   * waits for it, the next call on the thread throws its error, once. Errors: store errors, `head-moved` if another process added other
   * messages meanwhile.
   */
  readonly committed: Promise<void>;
  /** Makes the window for this very history, whatever other requests of the thread do meanwhile. Errors: as `Thread.window`. */
  window(options?: WindowOptions): Promise<Window>;
  /** Stores the provider's answer to this very history. Errors: as `Thread.answer`. */
  answer(message: ConversationInput, options?: AnswerOptions): Promise<void>;
}

/** Options of `Thread.answer`. */
export interface AnswerOptions {
  /** Id that the provider gave to the response. */
  readonly responseId?: string;
  /** False if the stream was cut: then the message is what came. Default true. */
  readonly complete?: boolean;
  /** Usage as the provider reported it, kept as it is. */
  readonly usage?: object;
  /** When it was given, in milliseconds since 1970 UTC. Default now. */
  readonly time?: number;
}

/** A message of an answer that a provider gave. */
export interface ProvisionalAnswer {
  /** Number of the answer: the messages of one answer share it. */
  readonly answer: number;
  /** Seq that it takes in the thread. */
  readonly place: number;
  /** True once a request held it: then it is an entry. */
  readonly confirmed: boolean;
  readonly complete: boolean;
  readonly json: string;
  readonly responseId: string | undefined;
  readonly usage: object | undefined;
  readonly time: number;
}

/** What happened to an entry. `out` means that it left the window. */
export interface Explanation {
  readonly seq: number;
  readonly state: "whole" | "edited" | "out";
  readonly pinned: boolean;
  /** Edits that changed it, oldest first. */
  readonly edits: readonly Edit[];
}

/** Tokens that the provider reported for the last call. */
export interface UsageReport {
  readonly inputTokens: number;
}

/** One branch of a conversation. Everything is durable; the object may be dropped and opened again at any time. */
export interface Thread {
  readonly id: string;
  readonly owner: string;
  /** Adds messages, always; repeatable with `after` or `key`. Errors: those of reading, `not-found`, store errors. */
  append(messages: ConversationInput, options?: AppendOptions): Promise<Appended>;
  /**
   * Takes in a whole history, as a client sends it with each request: adds what is new, knows what was sent before in whatever form,
   * and forks where the history differs. The next windows show the history in its newest form. Errors: those of reading,
   * `not-a-continuation`, store errors.
   */
  sync(messages: ConversationInput, options?: SyncOptions): Promise<Synced>;
  /**
   * Stores an answer that the provider gave to the last window. It is provisional: a later history that holds it confirms it.
   * Errors: those of reading, store errors.
   */
  answer(message: ConversationInput, options?: AnswerOptions): Promise<void>;
  /** Lists the answers that were given on this thread, oldest first. Errors: store errors. */
  answers(): Promise<readonly ProvisionalAnswer[]>;
  /** Makes the window to send now, within the budget. Errors: `invalid-option`, `budget-too-small`, store errors. */
  window(options?: WindowOptions): Promise<Window>;
  /** Finds entries relevant to a query, verbatim, best first. Errors: `invalid-option`, store errors. */
  recall(query: string, options: RecallOptions): Promise<Recalled>;
  /** Returns the entries that a handle names, byte for byte. Errors: `not-found`, store errors. */
  expand(handle: string): Promise<readonly ExpandedEntry[]>;
  /** Keeps entries in every window. Errors: `not-found`, store errors. */
  pin(handle: string): Promise<void>;
  /** Lets pinned entries leave the window again. Errors: `not-found`, store errors. */
  unpin(handle: string): Promise<void>;
  /** Lists all edits ever made, oldest first, and whether each was undone. */
  edits(): Promise<readonly (Edit & { readonly undone: boolean })[]>;
  /** Explains what happened to entries, and why. Errors: `not-found`, store errors. */
  explain(handle: string): Promise<readonly Explanation[]>;
  /** Undoes an edit: the next window shows what it changed unedited. Errors: `not-found`, store errors. */
  undo(editNumber: number): Promise<void>;
  /** Learns the provider's token counts from its report on the last window. Errors: `invalid-option`, store errors. */
  reportUsage(usage: UsageReport): Promise<void>;
  /** Returns the number of entries. */
  length(): Promise<number>;
}

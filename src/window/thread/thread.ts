import type { Window } from "../assemble/assemble-window.ts";
import type { Edit } from "../measures/edit.ts";
import type { Role } from "../conversation/message/message.ts";
import type { ConversationInput } from "./append/read-input.ts";
import type { Recalled } from "./recall/recall-from-pool.ts";
import type { RecallOptions, WindowOptions } from "./window-options.ts";

/** An entry with its original bytes. */
export interface ExpandedEntry {
  readonly seq: number;
  readonly handle: string;
  readonly hash: string;
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
  /** Handle of the entry that the messages follow: makes an append unambiguous when messages may repeat. */
  readonly after?: string;
  /** Time of messages without one of their own, in milliseconds since 1970 UTC. Default now. */
  readonly time?: number;
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
  /** Adds messages: the full history or only the new ones. Errors: those of reading, store errors. */
  append(messages: ConversationInput, options?: AppendOptions): Promise<Appended>;
  /** Makes the window to send now, within the budget. Errors: `invalid-option`, `budget-too-small`, store errors. */
  window(options: WindowOptions): Promise<Window>;
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

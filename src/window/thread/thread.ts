import type { Window } from "../assemble/assemble-window.ts";
import type { Edit } from "../measures/edit.ts";
import type { Role } from "../conversation/message/message.ts";
import type { ConversationInput } from "./append/read-input.ts";
import type { Recalled } from "./recall/recall-from-pool.ts";
import type { RecallOptions, WindowOptions } from "./window-options.ts";

/** An entry as it was said, byte for byte. */
export interface ExpandedEntry {
  readonly seq: number;
  readonly handle: string;
  readonly hash: string;
  readonly role: Role;
  readonly time: number;
  readonly tokens: number;
  /** The original JSON text of the message. */
  readonly json: string;
  /** What it says, readable. */
  readonly text: string;
}

/** What an append did. */
export interface Appended {
  /** The thread that now ends with the messages: this one, or a fork when they part from its history. */
  readonly thread: Thread;
  readonly forked: boolean;
  /** Handles of the entries that are new. */
  readonly handles: readonly string[];
  /** How many of the given messages were there already. */
  readonly known: number;
  readonly length: number;
}

/** How to append. */
export interface AppendOptions {
  /** Handle of the entry that the messages follow: makes an append exact where a message may repeat. */
  readonly after?: string;
  /** When the messages were said, in milliseconds since 1970 UTC, where they do not say it. Default now. */
  readonly time?: number;
}

/** What happened to an entry. */
export interface Explanation {
  readonly seq: number;
  readonly state: "whole" | "edited" | "out";
  readonly pinned: boolean;
  /** Edits that changed it, oldest first. */
  readonly edits: readonly Edit[];
}

/** Tokens that the provider reported for the last call, to learn from. */
export interface UsageReport {
  readonly inputTokens: number;
}

/** One branch of a conversation. All of it is durable; the object may be thrown away and opened again at any time. */
export interface Thread {
  readonly id: string;
  readonly owner: string;
  /** Adds messages: the whole history or only what is new. Errors: those of reading, `orphan-tool-result`, `unanswered-tool-call`, store errors. */
  append(messages: ConversationInput, options?: AppendOptions): Promise<Appended>;
  /** What to send now, under the budget. Errors: `invalid-option`, `budget-too-small`, store errors. */
  window(options: WindowOptions): Promise<Window>;
  /** Entries that bear on a question, verbatim, best first. */
  recall(query: string, options: RecallOptions): Promise<Recalled>;
  /** Brings back what a handle names, byte for byte. Errors: `not-found`. */
  expand(handle: string): Promise<readonly ExpandedEntry[]>;
  /** Keeps entries in the window whatever happens. */
  pin(handle: string): Promise<void>;
  unpin(handle: string): Promise<void>;
  /** Every edit ever made, oldest first, with those undone marked. */
  edits(): Promise<readonly (Edit & { readonly undone: boolean })[]>;
  explain(handle: string): Promise<readonly Explanation[]>;
  /** Takes an edit back: what it changed stands in the next window as it came. Errors: `not-found`. */
  undo(editNumber: number): Promise<void>;
  /** Learns from a provider's report on the last window. */
  reportUsage(usage: UsageReport): Promise<void>;
  length(): Promise<number>;
}

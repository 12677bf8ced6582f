import type { JsonObject } from "../../shared/json/json-object.ts";

/**
 * What a block of a message is for the rules. `link` belongs to a call without being its result (an approval); `server-call` and
 * `server-result` are of tools that the provider runs.
 */
export type RuleBlockKind =
  | "text"
  | "reasoning"
  | "call"
  | "result"
  | "server-call"
  | "server-result"
  | "approval-request"
  | "approval-response"
  | "compaction"
  | "other";

/** One block of a message as the rules see it. */
export interface RuleBlock {
  readonly kind: RuleBlockKind;
  /** The id that links it to another block: a call's id for calls, results and approval requests. */
  readonly id: string | undefined;
  readonly text: string;
  readonly value: JsonObject;
}

/** One message as the rules see it. */
export interface RuleMessage {
  /** `tool` for a message that holds nothing but results. */
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly blocks: readonly RuleBlock[];
  /** True for a content that is a list without elements. */
  readonly isEmptyList: boolean;
  readonly value: JsonObject;
}

/** What a rule may know in addition to the messages. */
export interface RuleOptions {
  /** True for strict chat templates (Mistral, Gemma): roles must alternate. */
  readonly alternate?: boolean;
  /** The messages as the client sent them: what must be unchanged is compared with these. */
  readonly history?: readonly unknown[];
}

/** The same with the history in the rules' form. */
export interface RuleContext {
  readonly alternate: boolean;
  readonly history: readonly RuleMessage[] | undefined;
}

/** A place that breaks a rule. */
export interface RulePlace {
  /** Index of the message. */
  readonly message: number;
  readonly detail: string;
}

/** One rule of a provider: what it requires, who says so, and how its breaches are found. */
export interface Rule {
  readonly id: string;
  readonly sentence: string;
  /** Address of the document or of the published error. */
  readonly source: string;
  readonly find: (messages: readonly RuleMessage[], context: RuleContext) => readonly RulePlace[];
}

/** The rules of one format: how its messages are seen, and what must hold. */
export interface RuleTable {
  readonly readMessage: (value: unknown) => RuleMessage;
  readonly rules: readonly Rule[];
}

/** A breach of a rule. */
export interface RuleFault extends RulePlace {
  /** Id of the rule. */
  readonly rule: string;
}

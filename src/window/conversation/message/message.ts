import type { TextRange } from "../../../shared/json/text-range.ts";

/** Shapes of conversation that are read. A `.traj` file of SWE-agent is a list of chat messages with fields of its own. */
export type Format = "openai-chat" | "openai-responses" | "anthropic" | "ai-sdk" | "swe-agent";

/** Who speaks, in the same four words for every format. */
export type Role = "system" | "user" | "assistant" | "tool";

/** What a piece of a message is. `other` is a block of a type that is not known: it is counted and passed through. */
export type PartKind = "text" | "reasoning" | "tool-call" | "tool-result" | "image" | "file" | "other";

/** One piece of a message, with the places in the original JSON text that an edit may splice. */
export interface Part {
  readonly kind: PartKind;
  /**
   * What is cut to take this part out of its message, comma included, so that the rest is still valid JSON.
   * Undefined when the part cannot be cut alone (a plain string content): then only the whole message can leave.
   */
  readonly cut: TextRange | undefined;
  /** The JSON value that holds the part's content: what a stub (a JSON string) replaces. Undefined when it must stay as it is. */
  readonly body: TextRange | undefined;
  /**
   * How a stub's text is written over `body`: as a JSON string, or as the format's own wrapping of a text
   * (AI SDK tool results hold `{"type":"text","value":…}`).
   */
  readonly bodyForm: "string" | "text-output";
  /** What the model reads of it, decoded; empty for images and files. */
  readonly text: string;
  /** Joins a tool call and its result. Undefined where the format gives none (SWE-agent's observations). */
  readonly callId: string | undefined;
  readonly toolName: string | undefined;
  /** A tool call's arguments as JSON text (or the command line, where a format has only that); undefined for other kinds. */
  readonly arguments: string | undefined;
  /** Bytes that are sent and billed but are not text: reasoning signatures, encrypted content. */
  readonly opaque: string | undefined;
  /** Image size in pixels, where the data says it. */
  readonly image: ImageFacts | undefined;
}

export interface ImageFacts {
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly detail: "low" | "high" | "auto" | undefined;
}

/** What a provider reported for the call that produced a message, in tokens. Undefined where it was not reported. `inputTokens` is all that was sent, cached or not. */
export interface ReportedUsage {
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly cachedInputTokens: number | undefined;
}

/** A message as it came: its original JSON text, never re-serialised, and what was read from it. */
export interface Message {
  readonly json: string;
  readonly format: Format;
  readonly role: Role;
  readonly parts: readonly Part[];
  readonly speaker: string | undefined;
  /** Milliseconds since 1970 UTC, where the message says it. */
  readonly time: number | undefined;
}

/** What stands outside the list of messages in a request and is sent with every call. */
export interface Frame {
  /** The JSON text of the request's `system` (Anthropic), `instructions` (OpenAI responses) or `system` (AI SDK) value. */
  readonly system: string | undefined;
  /** The JSON text of the request's `tools` value. */
  readonly tools: string | undefined;
}

/** A conversation as read from outside: the frame and its messages in order. */
export interface Conversation {
  readonly format: Format;
  readonly frame: Frame;
  readonly messages: readonly Message[];
  /** The model the request names, if it does. */
  readonly model: string | undefined;
}

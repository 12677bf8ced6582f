import type { TextRange } from "../../../shared/json/text-range.ts";
import type { SessionFacts } from "./session-facts.ts";

/** Conversation formats that can be read. A `.traj` file of SWE-agent is a list of chat messages with additional fields. */
export type Format =
  | "openai-chat"
  | "openai-responses"
  | "anthropic"
  | "ai-sdk"
  | "swe-agent"
  | "gemini"
  | "bedrock"
  | "openai-agents"
  | "ollama"
  | "langchain";

/** Formats in which one answer of the model may span several items: its reasoning, then its calls. */
export const itemFormats: ReadonlySet<Format> = new Set<Format>(["openai-responses", "openai-agents"]);

/**
 * How a stub's text is written over a part's `body`: as a JSON string, or in the shape that the format requires there. `text-output`:
 * `{"type":"text","value":…}` (AI SDK). `output-object`: `{"output":…}` (Gemini's function responses). `text-blocks`: `[{"text":…}]`
 * (Bedrock's tool results). `text-item`: `{"type":"text","text":…}` (items of `@openai/agents`, and blocks of most formats).
 * `input-text`: `{"type":"input_text","text":…}` (OpenAI responses). `text-part`: `{"text":…}` (Gemini, Bedrock). Stored as the index here, so new forms go to the end.
 */
export const bodyForms = [
  "string",
  "text-output",
  "output-object",
  "text-blocks",
  "text-item",
  "input-text",
  "text-part",
] as const;

/** One of the body forms. */
export type BodyForm = (typeof bodyForms)[number];

/** Who speaks, in the same four words for every format. */
export type Role = "system" | "user" | "assistant" | "tool";

/**
 * What a piece of a message is. `other` is a block of an unknown type: it is counted and passed through. `compaction` is the provider's
 * own summary of what came before it.
 */
export type PartKind =
  | "text"
  | "reasoning"
  | "tool-call"
  | "tool-result"
  | "image"
  | "file"
  | "other"
  | "compaction";

/** One piece of a message, with the ranges of the original JSON text that an edit may splice. */
export interface Part {
  readonly kind: PartKind;
  /**
   * What an edit cuts to remove this part from its message, comma included, so that the rest is still valid JSON. Undefined if
   * the part cannot be cut alone (a plain string content): then only the entire message can leave.
   */
  readonly cut: TextRange | undefined;
  /** The JSON value that holds the part's content: a stub (a JSON string) replaces it. Undefined if it must stay unchanged. */
  readonly body: TextRange | undefined;
  /** How a stub's text is written over `body`. */
  readonly bodyForm: BodyForm;
  /** What the model reads of it, decoded. Empty for images and files. */
  readonly text: string;
  /**
   * Links a tool call to its result, and a part of kind `other` (an approval, the caller of a call) to its counterparts. Undefined if the
   * format has no ids (SWE-agent's observations).
   */
  readonly callId: string | undefined;
  readonly toolName: string | undefined;
  /** True for a call that the provider runs, and for its result: both go back unchanged. */
  readonly isHosted?: boolean | undefined;
  /** A tool call's arguments as JSON text (or the command line, in formats that have only that). Undefined for other kinds. */
  readonly arguments: string | undefined;
  /** Bytes that are sent and billed but are not text: reasoning signatures, encrypted content. */
  readonly opaque: string | undefined;
  /** Image size in pixels, if the data states it. */
  readonly image: ImageFacts | undefined;
  /** What holds a picture, a document or a sound: its address, its file id, or its data as the message writes it. */
  readonly media: string | undefined;
}

/** What an image block states about its image. */
export interface ImageFacts {
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly detail: "low" | "high" | "original" | "auto" | undefined;
}

/**
 * Tokens that a provider reported for one call. Undefined fields were not reported. `inputTokens` is everything that was sent,
 * cached or not.
 */
export interface ReportedUsage {
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly cachedInputTokens: number | undefined;
}

/** A message: its original JSON text, never re-serialised, and what was read from it. */
export interface Message {
  readonly json: string;
  readonly format: Format;
  readonly role: Role;
  readonly parts: readonly Part[];
  readonly speaker: string | undefined;
  /** Milliseconds since 1970 UTC, if the message states it. */
  readonly time: number | undefined;
  /** Tokens that the provider reported for the call that gave this message, if the file states them. */
  readonly usage?: ReportedUsage | undefined;
}

/** The parts of a request outside its list of messages, sent with every call. */
export interface Frame {
  /** The JSON text of the request's system prompt: `system`, `instructions` (OpenAI responses) or `systemInstruction` (Gemini). */
  readonly system: string | undefined;
  /** The JSON text of the request's `tools` value. */
  readonly tools: string | undefined;
  /** The JSON text of the schema or form that the answer must have: the provider shows it to the model. */
  readonly responseFormat?: string | undefined;
  /** The JSON text of the request's choice among its tools. */
  readonly toolChoice?: string | undefined;
  /** The JSON text of what lets the provider edit the context, by field: `context_management`, `truncation`. The model does not read it. */
  readonly editors?: string | undefined;
}

/** A conversation as read: the frame, and the messages in order. */
export interface Conversation {
  readonly format: Format;
  /** True if a sign or the option `format` settles the format; false if it is only the default for plain messages. */
  readonly settled?: boolean | undefined;
  readonly frame: Frame;
  readonly messages: readonly Message[];
  /** The model that the request names, if any. */
  readonly model: string | undefined;
  /** The form that the messages were converted from, if the file does not hold a provider's own messages: `opencode`. */
  readonly converted?: string | undefined;
  /** What the file of a coding agent states about the session. */
  readonly session?: SessionFacts | undefined;
}

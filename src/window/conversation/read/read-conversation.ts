import { LoadlineError } from "../../../shared/errors.ts";
import { describeValue, requireKnownFields, requireOneOf } from "../../../shared/options.ts";
import { decodeInput } from "../json/decode-input.ts";
import { splitInput } from "../json/json-documents.ts";
import type { SplitInput } from "../json/json-documents.ts";
import { detectListFormat } from "./detect-format.ts";
import type { DetectedFormat } from "./detect-format.ts";
import type { Conversation, Format, Message } from "../message/message.ts";
import type { MessageSource, PreviousMessage } from "../formats/message-source.ts";
import { refuseMessage } from "../formats/message-source.ts";
import { serializeValue } from "../json/serialize-value.ts";
import { parseJson } from "../json/parse-json.ts";
import { findLogs } from "./find-logs.ts";
import { findConversations, readLoggedRequest } from "./raw-conversation.ts";
import { findDump } from "../dumps/find-dump.ts";
import { unwrapState } from "../dumps/langgraph-state.ts";
import { refuseForm } from "../dumps/refuse-form.ts";
import type { RawConversation, RawSource } from "../dumps/raw-conversation.ts";
import { formats, chooseReader } from "./read-message.ts";
import { refuseFormat, refuseUnknownContent } from "./refuse-format.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";
import { finish } from "../../../shared/steps.ts";
import type { Steps } from "../../../shared/steps.ts";
import { recogniseSession } from "../../sessions/recognise-session.ts";
import { refuseBinary, refuseText } from "./refuse-text.ts";
import { readSession } from "./read-session.ts";
import { skipBlanks } from "../../../shared/json/json-tokens.ts";
import { skipValue } from "../../../shared/json/json-ranges.ts";

/** How to read a conversation. */
export interface ReadOptions {
  /** The messages' format. Detected from the messages by default. */
  readonly format?: Format | undefined;
  /**
   * The message before the first one, if these messages continue a conversation: SWE-agent's observations need it. A stored
   * entry works too.
   */
  readonly previous?: PreviousMessage | undefined;
}

function checkOptions(options: ReadOptions): void {
  requireKnownFields("options", options, ["format", "previous"]);
  if (options.format !== undefined) requireOneOf("format", options.format, formats);
}

/** The format of a conversation, and what it follows from: also the caller, or the form that it was converted from. */
export interface ChosenFormat extends Pick<DetectedFormat, "format" | "settled"> {
  readonly by: DetectedFormat["by"] | "given";
}

/** Chooses the format of a conversation. Errors: `unknown-format`, `invalid-message`. */
export function chooseFormat(raw: RawConversation, options: ReadOptions): ChosenFormat {
  if (options.format !== undefined) return { format: options.format, settled: true, by: "given" };
  if (raw.converted !== undefined && raw.format !== undefined)
    return { format: raw.format, settled: true, by: "given" };
  for (const source of raw.sources)
    if (!isJsonObject(source.value)) refuseMessage(source.place, "message", source.value, "an object");
  const detected =
    detectListFormat(
      raw.sources.map((source) => source.value),
      raw.request,
    ) ?? refuseFormat(raw.sources, raw.request);
  if (detected.settled) return detected;
  if (raw.format !== undefined) return { format: raw.format, settled: true, by: "given" };
  refuseUnknownContent(raw.sources, detected.format);
  return detected;
}

function* readSources(
  sources: readonly RawSource[],
  format: Format,
  first: PreviousMessage | undefined,
): Steps<readonly Message[]> {
  const read = chooseReader(format);
  const messages: Message[] = [];
  let previous = first;
  for (const source of sources) {
    const message = read({ ...source, previous });
    previous = message;
    const { time, usage } = source;
    messages.push(
      time === undefined && usage === undefined
        ? message
        : { ...message, time: time ?? message.time, ...(usage === undefined ? {} : { usage }) },
    );
    yield;
  }
  return messages;
}

function* makeConversation(
  raw: RawConversation,
  options: ReadOptions,
  { format, settled }: ChosenFormat,
): Steps<Conversation> {
  const messages = yield* readSources(raw.sources, format, options.previous);
  return {
    format,
    settled,
    frame: raw.frame,
    messages,
    model: raw.model,
    ...(raw.converted === undefined ? {} : { converted: raw.converted }),
  };
}

/** Splits a text into JSON values. Errors: `unknown-format` for a text of another kind, `invalid-json`. */
function splitText(text: string): SplitInput {
  try {
    return splitInput(text);
  } catch (error) {
    refuseText(text, error);
    throw error;
  }
}

/** Finds the conversations of a dump of a product or a framework, of a log, or of a file of messages. */
export function findRaw(split: SplitInput, format: Format | undefined): readonly RawConversation[] {
  split.requireAll();
  const documents = unwrapState(split.documents);
  const dump = findDump(documents);
  if (dump?.every((raw) => format === undefined || raw.format === format) === true) return dump;
  if (format === undefined) refuseForm(documents);
  return findLogs(documents, readLoggedRequest) ?? findConversations(documents);
}

/** A conversation, and what its format follows from. */
export interface FoundConversation {
  readonly conversation: Conversation;
  readonly by: ChosenFormat["by"];
}

/** Reads the conversations of a text: those of a coding agent's file, or those that `findRaw` finds. */
function* readAll(text: string, options: ReadOptions): Steps<readonly FoundConversation[]> {
  const split = splitText(text);
  yield;
  const sessions = options.format === undefined ? recogniseSession(split) : undefined;
  if (sessions !== undefined)
    return sessions.map((session) => ({ conversation: readSession(session), by: "given" }));
  yield;
  const found: FoundConversation[] = [];
  for (const raw of findRaw(split, options.format)) {
    yield;
    const chosen = chooseFormat(raw, options);
    yield;
    found.push({ conversation: yield* makeConversation(raw, options, chosen), by: chosen.by });
  }
  return found;
}

/**
 * Reads every conversation of an input: like `readConversation`, and also a list or JSON lines of objects that each hold one
 * (tau-bench's results, a fine-tuning file).
 */
export function readConversations(
  input: string | Uint8Array,
  options: ReadOptions = {},
): readonly Conversation[] {
  checkOptions(options);
  return finish(readAll(decodeText(input), options)).map(({ conversation }) => conversation);
}

/**
 * Reads a conversation from JSON text or UTF-8 bytes: a list of messages, a request body, a `.traj` or `{"traj": []}` object, a
 * single message, JSON lines, or a coding agent's session (of which it returns the main conversation, without those of
 * sub-agents). Each message's `json` is exactly its range of the input (except that a plain text `input`
 * becomes a user message).
 * Errors: `invalid-json`, `unknown-format`, `invalid-message`, each with the place.
 */
export function readConversation(input: string | Uint8Array, options: ReadOptions = {}): Conversation {
  checkOptions(options);
  return finish(readOne(decodeText(input), options)).conversation;
}

/** Decodes an input. Errors: `unknown-format` for another kind of file, those of `decodeInput`. */
export function decodeText(input: string | Uint8Array): string {
  refuseBinary(input);
  return decodeInput(input);
}

/** Reads a decoded text as `readConversation` does, in steps, and says what the format follows from. */
export function* readOne(text: string, options: ReadOptions): Steps<FoundConversation> {
  const found = yield* readAll(text, options);
  const [first, ...others] = found;
  if (first === undefined || others.some((other) => other.conversation.session?.sidechain === undefined)) {
    throw new LoadlineError(
      "unknown-format",
      `input: got ${found.length} conversations, allowed: one; choose one (--conversation N), or use readConversations for all`,
      {
        details: { conversations: found.length },
      },
    );
  }
  return first;
}

function serialize(value: unknown, place: string): string {
  try {
    const json = serializeValue(value);
    if (json !== undefined) return json;
  } catch (cause) {
    const got =
      cause instanceof RangeError
        ? "nesting too deep to serialize"
        : "a circular reference, a bigint or a toJSON that throws";
    throw new LoadlineError("invalid-json", `${place}: got ${got}, allowed: what JSON can represent`, {
      cause,
    });
  }
  return refuseMessage(place, "message", value, "an object");
}

function makeSource(value: unknown, index: number): MessageSource {
  const place = `message ${index}`;
  const text = typeof value === "string" ? decodeInput(value) : serialize(value, place);
  const parsed = parseJson(text);
  const start = skipBlanks(text, 0);
  return { json: text.slice(start, skipValue(text, start)), value: parsed, place };
}

/**
 * Reads a list of messages: objects (serialized once, here; unpaired surrogates become escapes), their JSON texts, or one text
 * that holds them all.
 * Errors: as for `readConversation`.
 */
export function readMessages(
  values: readonly unknown[] | string,
  options: ReadOptions = {},
): readonly Message[] {
  if (typeof values === "string") return readConversation(values, options).messages;
  checkOptions(options);
  if (!Array.isArray(values)) refuseMessage("messages", "list", describeValue(values), "a list or a text");
  const sources = values.map(makeSource);
  const raw: RawConversation = {
    frame: { system: undefined, tools: undefined },
    model: undefined,
    request: undefined,
    sources,
  };
  return finish(makeConversation(raw, options, chooseFormat(raw, options))).messages;
}

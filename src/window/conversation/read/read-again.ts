import { listElements } from "../../../shared/json/json-ranges.ts";
import { skipBlanks } from "../../../shared/json/json-tokens.ts";
import { recogniseSession } from "../../sessions/recognise-session.ts";
import type { RawConversation } from "../dumps/raw-conversation.ts";
import { findList, hasKeyAfter, trySkip } from "../json/find-list.ts";
import { splitInput } from "../json/json-documents.ts";
import type { Frame, Message } from "../message/message.ts";
import { findListKey } from "./detect-format.ts";
import { chooseFormat, findRaw } from "./read-conversation.ts";
import type { ChosenFormat, FoundConversation, ReadOptions } from "./read-conversation.ts";
import { chooseReader } from "./read-message.ts";

/** A request that was read, as much of it as the next one is compared with. */
export interface ReadRequest extends FoundConversation {
  readonly text: string;
  readonly key: string | undefined;
  /** Offset of the list of messages. */
  readonly listStart: number;
  /** Where each message starts and ends, from the list's start. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

const comma = 0x2c;
const openBrace = 0x7b;
const closeBracket = 0x5d;

/** Returns what the next request is compared with; undefined for an input that is not one list of messages. */
export function describeRequest(text: string, found: FoundConversation): ReadRequest | undefined {
  const { messages, converted, session } = found.conversation;
  const list = findList(text);
  if (list === undefined || converted !== undefined || session !== undefined) return undefined;
  const ranges = listElements(text, list.start);
  const isSame =
    ranges.length === messages.length &&
    ranges.every(({ start, end }, index) => text.slice(start, end) === messages[index]?.json);
  if (!isSame) return undefined;
  return {
    ...found,
    text,
    key: list.key,
    listStart: list.start,
    starts: ranges.map(({ start }) => start - list.start),
    ends: ranges.map(({ end }) => end - list.start),
  };
}

/** Messages that are compared at once: one comparison of a long text is many times as fast as one for each. */
const blockMessages = 32;

/** Counts the leading messages whose bytes a request shares with another one, with what is between them. */
export function countSameStart(text: string, listStart: number, before: ReadRequest): number {
  const { ends } = before;
  let same = 0;
  let from = 0;
  const extend = (count: number): boolean => {
    const to = ends[count - 1] ?? from;
    const isSame =
      text.slice(listStart + from, listStart + to) ===
      before.text.slice(before.listStart + from, before.listStart + to);
    if (isSame) [same, from] = [count, to];
    return isSame;
  };
  while (same < ends.length && extend(Math.min(same + blockMessages, ends.length)));
  while (same < ends.length && extend(same + 1));
  return same;
}

/** The messages of a request: which were in the one before, and which are new. */
interface Elements {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** For each message its index in the request before, or undefined. */
  readonly held: readonly (number | undefined)[];
  /** Offset of the closing bracket. */
  readonly close: number;
}

/** A message that the client left out or put in moves the rest by at most this many places. */
const maxShift = 64;

/** Finds which messages of a request were in the one before, byte for byte; undefined where only reading it whole shows that. */
function matchElements(text: string, listStart: number, before: ReadRequest): Elements | undefined {
  const same = countSameStart(text, listStart, before);
  const starts = before.starts.slice(0, same);
  const ends = before.ends.slice(0, same);
  const held: (number | undefined)[] = Array.from({ length: same }, (_, index) => index);
  const { messages } = before.conversation;
  let next = same;
  let at = listStart + (same === 0 ? 1 : (ends[same - 1] ?? 0));
  for (;;) {
    at = skipBlanks(text, at);
    if (text.charCodeAt(at) === closeBracket) return { starts, ends, held, close: at };
    if (starts.length > 0) {
      if (text.charCodeAt(at) !== comma) return undefined;
      at = skipBlanks(text, at + 1);
    }
    if (text.charCodeAt(at) !== openBrace) return undefined;
    const found = findKnownAt(text, at, { messages, next });
    const end = found === undefined ? trySkip(text, at) : at + (messages[found]?.json.length ?? 0);
    starts.push(at - listStart);
    ends.push(end - listStart);
    held.push(found);
    next = (found ?? next) + 1;
    at = end;
  }
}

/** Returns the index of the message that is at an offset: the next one, one a few places on, or the one that was next before. */
function findKnownAt(
  text: string,
  at: number,
  { messages, next }: { readonly messages: readonly Message[]; readonly next: number },
): number | undefined {
  const last = Math.min(messages.length - 1, next + maxShift);
  for (let index = Math.max(0, next - 1); index <= last; index++) {
    const json = messages[index]?.json ?? "";
    if (text.charCodeAt(at + json.length - 1) === 0x7d && text.slice(at, at + json.length) === json)
      return index;
  }
  return undefined;
}

/**
 * Copies a text: a slice keeps the text that it was cut from in memory, and each request would be kept for the few messages that are
 * new in it.
 */
function detach(text: string): string {
  return ` ${text}`.slice(1);
}

/**
 * Reads a request that shares messages with one that was read before: those are taken over, and only the others are read. Gives
 * exactly what reading it whole gives, and the index before of each message taken over. Undefined if it shares none, or where only reading it whole can tell, as for all errors.
 */
export function readAgain(
  text: string,
  before: ReadRequest,
  options: ReadOptions,
): { readonly request: ReadRequest; readonly held: readonly (number | undefined)[] } | undefined {
  const list = findList(text);
  if (list === undefined || list.key !== before.key) return undefined;
  const elements = matchElements(text, list.start, before);
  if (elements === undefined || !elements.held.some((index) => index !== undefined)) return undefined;
  const { starts, ends, held, close } = elements;
  if (list.key !== undefined && hasKeyAfter(text, close + 1, list.key)) return undefined;
  // The first message stays in: what all messages have in common, it has.
  const fresh = held.flatMap((index, place) => (index === undefined && place > 0 ? [place] : []));
  const read = [0, ...fresh].map((place) =>
    text.slice(list.start + (starts[place] ?? 0), list.start + (ends[place] ?? 0)),
  );
  const head = text.slice(0, list.start + 1);
  const raw = readShort(`${head}${read.join(",")}${text.slice(close)}`, options);
  if (raw === undefined || !isReadFrom(raw, list.key, read)) return undefined;
  const chosen = tryChoose(raw, options);
  const by = chosen === undefined ? undefined : joinFormats(before, chosen);
  if (chosen === undefined || by === undefined) return undefined;
  const messages = takeMessages(raw, before, held);
  if (messages === undefined) return undefined;
  const frame = keepFrame(before.conversation.frame, raw.frame);
  const { format, settled } = chosen;
  const conversation = { format, settled: settled || by === "certain", frame, messages, model: raw.model };
  return { request: { conversation, by, text, key: list.key, listStart: list.start, starts, ends }, held };
}

/** Reads a request without the messages that were taken over; undefined if it is anything but one list of messages. */
function readShort(text: string, options: ReadOptions): RawConversation | undefined {
  try {
    const split = splitInput(text);
    if (split.documents.length !== 1 || split.documents[0]?.line !== undefined) return undefined;
    if (options.format === undefined && recogniseSession(split) !== undefined) return undefined;
    const [found, ...others] = findRaw(split, options.format);
    return others.length > 0 || found?.converted !== undefined ? undefined : found;
  } catch {
    return undefined;
  }
}

/** Returns true if a conversation was read from the list under this key, and holds exactly these messages. */
function isReadFrom(raw: RawConversation, key: string | undefined, read: readonly string[]): boolean {
  const found = raw.request === undefined ? undefined : findListKey(raw.request);
  return (
    found === key &&
    raw.sources.length === read.length &&
    raw.sources.every(({ json }, index) => json === read[index])
  );
}

function tryChoose(raw: RawConversation, options: ReadOptions): ChosenFormat | undefined {
  try {
    return chooseFormat(raw, options);
  } catch {
    return undefined;
  }
}

/**
 * Returns what the format of the whole request follows from, by what the messages that were taken over showed and what the others show;
 * undefined if they differ, or if signs would have to be counted.
 */
function joinFormats(before: ReadRequest, chosen: ChosenFormat): ChosenFormat["by"] | undefined {
  if (chosen.format !== before.conversation.format) return undefined;
  if (chosen.by === "given") return "given";
  if (before.by === "certain") return "certain";
  const isKnown = before.by === "request" || before.by === "default";
  return isKnown && chosen.by === before.by ? chosen.by : undefined;
}

function takeMessages(
  raw: RawConversation,
  before: ReadRequest,
  held: readonly (number | undefined)[],
): readonly Message[] | undefined {
  const { format, messages: known } = before.conversation;
  const read = chooseReader(format);
  // What SWE-agent's messages are depends on the one before.
  if (format === "swe-agent" && held.some((index, place) => index !== undefined && index !== place))
    return undefined;
  let next = 1;
  const messages: Message[] = [];
  try {
    for (const [place, index] of held.entries()) {
      const taken = index === undefined ? undefined : known[index];
      const source = place === 0 ? raw.sources[0] : taken === undefined ? raw.sources[next++] : undefined;
      if (taken === undefined && source === undefined) return undefined;
      const previous = messages[place - 1];
      if (taken !== undefined) messages.push(taken);
      else if (source !== undefined) messages.push(read({ ...source, json: detach(source.json), previous }));
    }
  } catch {
    return undefined;
  }
  return messages;
}

/** Returns the frame that was read before if the new one is equal: what was computed for it holds. */
function keepFrame(before: Frame, now: Frame): Frame {
  const isSame =
    before.system === now.system &&
    before.tools === now.tools &&
    before.responseFormat === now.responseFormat &&
    before.toolChoice === now.toolChoice &&
    before.editors === now.editors;
  return isSame ? before : now;
}

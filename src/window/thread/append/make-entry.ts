import { chainKey, contentKey } from "../../conversation/message/identity.ts";
import type { Steps } from "../../../shared/steps.ts";
import type { TextRange } from "../../../shared/json/text-range.ts";
import type { Message, Part } from "../../conversation/message/message.ts";
import { listDateWords } from "../../recall/words/dates.ts";
import { extractTermsInSteps } from "../../recall/words/words.ts";
import { markMade } from "../../store/append-check.ts";
import { makeChecksum } from "../../store/entry-checksum.ts";
import type { Entry, StoredPart } from "../../store/store.ts";
import { joinSearchableText } from "../state/searchable-text.ts";
import type { MessageTokens } from "../../tokens/counter.ts";

/** Terms indexed per entry: a dump of megabytes would outweigh an entire conversation. */
const maxTerms = 20_000;
/** Characters searched for terms per entry; 20,000 terms need far fewer. */
const maxTermCharacters = 400_000;

function toPair(range: TextRange | undefined): readonly [number, number] | undefined {
  return range === undefined ? undefined : [range.start, range.end];
}

function makeContentKey(part: Part): string | undefined {
  if (part.isHosted === true) return undefined;
  if (part.kind === "tool-result") return contentKey("result", part.text);
  if (part.kind === "tool-call") return contentKey("call", part.toolName ?? "", part.arguments ?? "");
  return undefined;
}

function makeStoredPart(part: Part, tokens: number): StoredPart {
  return {
    kind: part.kind,
    tokens,
    cut: toPair(part.cut),
    body: toPair(part.body),
    bodyForm: part.bodyForm,
    callId: part.callId,
    toolName: part.toolName,
    contentKey: makeContentKey(part),
  };
}

/** A message with its key, counted. */
export interface CountedMessage {
  readonly message: Message;
  readonly key: string;
  readonly tokens: MessageTokens;
  readonly hidden?: boolean;
}

/** Makes the entry for a message at a place of its thread, in steps. */
export function* makeEntry(
  { message, key, tokens, hidden = false }: CountedMessage,
  place: { readonly seq: number; readonly parentChain: string; readonly now: number },
  counterId: string,
): Steps<Entry> {
  const text = joinSearchableText(message).slice(0, maxTermCharacters);
  const terms = yield* extractTermsInSteps(text, maxTerms);
  const parts: StoredPart[] = [];
  for (const [index, part] of message.parts.entries()) {
    parts.push(makeStoredPart(part, tokens.parts[index] ?? 0));
    yield;
  }
  const body = {
    key,
    json: message.json,
    format: message.format,
    role: message.role,
    speaker: message.speaker,
    time: message.time ?? place.now,
    tokens: tokens.total,
    parts,
    counter: counterId,
    terms: [...terms, ...(message.time === undefined ? [] : listDateWords(message.time))].join(" "),
    hidden,
  };
  const entry = {
    seq: place.seq,
    chain: chainKey(place.parentChain, key),
    checksum: makeChecksum(body),
    ...body,
  };
  markMade(entry, place.parentChain);
  return entry;
}

/** Where entries go, and what they are made with. */
export interface EntryPlace {
  readonly seq: number;
  readonly parentChain: string;
  readonly now: number;
  readonly counterId: string;
}

/** Makes the entries of messages that follow each other, from a place on, in steps. */
export function* chainEntries(
  messages: readonly CountedMessage[],
  place: EntryPlace,
): Steps<readonly Entry[]> {
  let { parentChain } = place;
  const entries: Entry[] = [];
  for (const [index, message] of messages.entries()) {
    const at = { seq: place.seq + index, parentChain, now: place.now };
    const entry = yield* makeEntry(message, at, place.counterId);
    parentChain = entry.chain;
    entries.push(entry);
    yield;
  }
  return entries;
}

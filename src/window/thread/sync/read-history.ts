import { readInput, serializeInput } from "../append/read-input.ts";
import type { ConversationInput } from "../append/read-input.ts";
import type { Conversation, Format, Message } from "../../conversation/message/message.ts";
import { describeRequest, readAgain } from "../../conversation/read/read-again.ts";
import { decodeText, readOne } from "../../conversation/read/read-conversation.ts";
import type { ReadOptions } from "../../conversation/read/read-conversation.ts";
import { CallNumbers, makeKey, readMeaning } from "../../identity/meaning.ts";
import { makePromptKey } from "../state/view.ts";
import type { HistoryMessage } from "./history-message.ts";
import { Slices } from "../state/slices.ts";
import type { KnownRequest, RecentRequests } from "./recent-requests.ts";

/** A history as it was sent, with its frame and format. */
export interface SentHistory extends Pick<Conversation, "frame" | "format" | "settled"> {
  readonly history: readonly HistoryMessage[];
  /** Time of messages without one of their own. */
  readonly time: number | undefined;
}

/** How to read a history. */
export interface HistoryOptions {
  readonly format: Format | undefined;
  readonly time: number | undefined;
  /** The requests read before: what they hold is not read again. */
  readonly recent: RecentRequests | undefined;
}

function identify(message: Message, calls: CallNumbers): HistoryMessage {
  const meaning = readMeaning(message, calls);
  return {
    message,
    meaning,
    key: makeKey(meaning),
    role: message.role,
    parts: message.parts,
    promptKey: makePromptKey(message),
  };
}

/** Reads what identifies the messages of a whole history, in order and in slices. */
async function readHistory(messages: readonly Message[], slices: Slices): Promise<readonly HistoryMessage[]> {
  const calls = new CallNumbers();
  const history: HistoryMessage[] = [];
  for (const message of messages) {
    await slices.next();
    history.push(identify(message, calls));
  }
  return history;
}

/** Reads what identifies the messages of a history of which some were read before: those at `held` of `before`. */
function readHistoryAgain(
  messages: readonly Message[],
  before: readonly HistoryMessage[],
  held: readonly (number | undefined)[],
): readonly HistoryMessage[] {
  const calls = new CallNumbers();
  let isStart = true;
  return messages.map((message, place) => {
    const index = held[place];
    const known = index === undefined ? undefined : before[index];
    isStart &&= index === place;
    if (known === undefined || !(isStart || hasSameCalls(known, calls))) return identify(message, calls);
    for (const part of known.parts) calls.take(part);
    return known;
  });
}

/** Returns true if the results of a message answer the calls that they answered before: they are part of what identifies it. */
function hasSameCalls({ message, meaning }: HistoryMessage, before: CallNumbers): boolean {
  const results = meaning.pieces.filter((piece) => piece.kind === "result");
  if (results.length === 0) return true;
  const calls = new CallNumbers(before);
  let next = 0;
  for (const part of message.parts) {
    calls.take(part);
    if (part.kind === "tool-result" && calls.distance(part.callId) !== results[next++]?.call) return false;
  }
  return true;
}

/** Reads a whole history as it is sent. Errors: those of reading. */
export async function readSent(
  input: ConversationInput,
  { format, time, recent }: HistoryOptions,
): Promise<SentHistory> {
  const slices = new Slices();
  const serialized = recent === undefined ? undefined : serializeInput(input);
  if (recent === undefined || serialized === undefined) {
    const read = await slices.run(readInput(input, format, undefined));
    return { ...read, history: await readHistory(read.messages, slices), time };
  }
  const text = decodeText(serialized);
  const options: ReadOptions = format === undefined ? {} : { format };
  const before = recent.find(text);
  const known = before === undefined ? undefined : readKnown(text, before, options);
  if (known !== undefined) {
    recent.keep(known, before);
    return { ...known.request.conversation, history: known.history, time };
  }
  const found = await slices.run(readOne(text, options));
  const history = await readHistory(found.conversation.messages, slices);
  await slices.next();
  const request = describeRequest(text, found);
  if (request !== undefined) recent.keep({ request, history }, undefined);
  return { ...found.conversation, history, time };
}

function readKnown(text: string, before: KnownRequest, options: ReadOptions): KnownRequest | undefined {
  const again = readAgain(text, before.request, options);
  if (again === undefined) return undefined;
  const { request, held } = again;
  return { request, history: readHistoryAgain(request.conversation.messages, before.history, held) };
}

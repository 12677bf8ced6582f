import { saysNothing } from "../../identity/align-history.ts";
import type { Alignment, Slot, StoredHistory } from "../../identity/align-history.ts";
import { endAlignment, listDoubts } from "../../identity/trust-alignment.ts";
import type { Message } from "../../conversation/message/message.ts";
import type { AnswerLog, GivenAnswer } from "../state/answer-log.ts";
import type { ThreadKeeper } from "../state/thread-keeper.ts";
import type { HistoryMessage } from "./history-message.ts";
import { groupAnswers } from "./confirm-answers.ts";

/** Characters of an answer's text that prove that a history holds that very answer. */
const minProvingCharacters = 64;
/** A shorter id, such as call_0, is given again and again. */
const minIdCharacters = 12;

/** What alignment with a thread showed, as far as answers prove it. */
export interface Candidate {
  readonly keeper: ThreadKeeper;
  /** Up to the first message that shows less than what is stored, with no proof behind it. */
  readonly alignment: Alignment;
  /** Number of messages that the thread knows: as entries, or as an answer that no request had confirmed. */
  readonly known: number;
  /** Index of the last message that holds an answer given on this thread; -1 without proof. */
  readonly lastProof: number;
  /** Number of leading messages that hold every word of what is stored there. */
  readonly exact: number;
  /** Returns the chain of the entry at a sent message. */
  readonly chainAt: (index: number) => string | undefined;
}

/**
 * Compares what was given on a thread with an aligned history. A message that is smaller than the stored one, or a gap before it, counts
 * only if an answer behind it was given on this very thread: else another conversation with an equal start would get to see what it
 * never held. Errors: store errors.
 */
export async function examine(
  keeper: ThreadKeeper,
  alignment: Alignment,
  history: readonly HistoryMessage[],
): Promise<Candidate> {
  const logs = await keeper.answerLogs();
  for (const log of logs) await log.read();
  const { entries } = keeper.state;
  const isGiven = (index: number, seq: number): boolean => {
    const sent = history[index];
    return (
      sent !== undefined &&
      logs.some((log) =>
        log
          .at(seq)
          .some(
            (answer) =>
              (answer.key === sent.key ||
                answer.key === entries.at(seq)?.key ||
                keepsPartOf(answer, sent.message)) &&
              answer.parentChain === keeper.chainBefore(answer.start) &&
              proves(answer, sent.message),
          ),
      )
    );
  };
  const proven = proveTail(alignment, isGiven, { stored: entries, sentLength: history.length });
  const leaf = findLeaf(keeper, logs, { alignment: proven, history });
  const leafAt = proven.slots.length + leaf.skipped;
  const isLeafProof = leaf.answers.some((answer, index) => proves(answer, history[leafAt + index]?.message));
  const isProof = ({ seq, relation }: Slot, index: number): boolean =>
    seq !== undefined && relation === "equal" && isGiven(index, seq);
  const tailProof = proven.tail === undefined ? -1 : proven.tail.index + proven.tail.length - 1;
  const lastProof = isLeafProof
    ? leafAt + leaf.answers.length - 1
    : Math.max(tailProof, findLastSlot(proven.slots, isProof));
  const doubts = listDoubts(proven, entries);
  const unproven = doubts.find((index) => index > lastProof);
  const trusted =
    unproven === undefined
      ? proven
      : endAlignment(proven, unproven, { stored: entries, sentLength: history.length });
  const isWhole = trusted === proven;
  return {
    keeper,
    alignment: trusted,
    known: trusted.slots.length + (isWhole ? countLeaf(leaf) + (proven.tail?.length ?? 0) : 0),
    lastProof,
    exact: doubts[0] ?? proven.slots.length + countLeaf(leaf),
    chainAt: (index) => {
      const slot = alignment.slots[index];
      return slot?.seq === undefined ? keeper.chainBefore(alignment.at) : entries.at(slot.seq)?.chain;
    },
  };
}

function findLastSlot(slots: readonly Slot[], isProof: (slot: Slot, index: number) => boolean): number {
  return slots.findLastIndex(isProof);
}

/** Returns the alignment of a history whose start was replaced, if its end holds an answer that was given; else that of its start. */
function proveTail(
  alignment: Alignment,
  isGiven: (index: number, seq: number) => boolean,
  place: { readonly stored: StoredHistory; readonly sentLength: number },
): Alignment {
  const { tail, slots } = alignment;
  if (tail === undefined) return alignment;
  for (let offset = 0; offset < tail.length; offset++)
    if (isGiven(tail.index + offset, tail.seq + offset)) return alignment;
  return endAlignment({ ...alignment, tail: undefined }, slots.length, place);
}

/** An answer that no request had confirmed, as a history's next messages hold it. */
interface Leaf {
  readonly answers: readonly GivenAnswer[];
  /** Messages before it that say nothing of their own, such as a system message that the client added. */
  readonly skipped: number;
}

function countLeaf({ answers, skipped }: Leaf): number {
  return answers.length === 0 ? 0 : skipped + answers.length;
}

function findLeaf(
  keeper: ThreadKeeper,
  logs: readonly AnswerLog[],
  { alignment, history }: { readonly alignment: Alignment; readonly history: readonly HistoryMessage[] },
): Leaf {
  if (alignment.relation === "foreign" || alignment.relation === "continued")
    return { answers: [], skipped: 0 };
  const parentChain = keeper.chainBefore(alignment.at);
  const after = logs.flatMap((log) => log.after(parentChain));
  const next = history.slice(alignment.slots.length);
  const skipped = Math.max(
    0,
    next.findIndex((sent) => sent.role !== "system" && !saysNothing(sent)),
  );
  const fresh = next.slice(skipped);
  // Of an answer of several messages, a client that was interrupted keeps the first ones.
  let best: readonly GivenAnswer[] = [];
  for (const group of groupAnswers(after)) {
    const other = group.findIndex((answer, index) => fresh[index]?.key !== answer.key);
    const kept = other === -1 ? group : group.slice(0, other);
    if (kept.length > best.length) best = kept;
  }
  return { answers: best.length > 0 ? best : findPartial(after, fresh[0]), skipped };
}

/** Returns the answer of which the client accepted a part: its beginning, or some of its calls. */
function findPartial(
  after: readonly GivenAnswer[],
  sent: HistoryMessage | undefined,
): readonly GivenAnswer[] {
  if (sent === undefined || sent.role !== "assistant") return [];
  const found = after.find((answer) => keepsPartOf(answer, sent.message));
  return found === undefined ? [] : [found];
}

/** Returns true if a message is a beginning of an answer, or has some of its calls, or goes on after its text. */
function keepsPartOf(answer: GivenAnswer, message: Message): boolean {
  const text = textOf(message);
  const ids = callIdsOf(message);
  const given = answer.text.trim();
  return (
    message.role === "assistant" &&
    (text === "" || given.startsWith(text) || (given !== "" && text.startsWith(given))) &&
    ids.every((id) => answer.callIds.includes(id)) &&
    text.length + ids.length > 0
  );
}

function textOf(message: Message): string {
  return message.parts
    .flatMap((part) => (part.kind === "text" ? [part.text] : []))
    .join("\n")
    .trim();
}

function callIdsOf(message: Message): readonly string[] {
  return message.parts.flatMap((part) =>
    part.kind === "tool-call" && part.callId !== undefined ? [part.callId] : [],
  );
}

/** Returns true if a message can only come from this answer: by an id of the provider, a signature, or enough of its text. */
function proves(answer: GivenAnswer, message: Message | undefined): boolean {
  if (message === undefined) return false;
  if (callIdsOf(message).some((id) => id.length >= minIdCharacters && answer.callIds.includes(id)))
    return true;
  const signatures = message.parts
    .flatMap((part) => part.opaque ?? [])
    .filter((signature) => signature.length >= minProvingCharacters);
  const isSigned = (signature: string): boolean =>
    answer.json.includes(signature.slice(0, minProvingCharacters));
  if (signatures.some(isSigned)) return true;
  // Clients drop signed reasoning, but none writes another signature: the same text was then given in another conversation.
  if (signatures.length > 0 && answer.reasoning !== "") return false;
  const shared = Math.min(answer.text.length, textOf(message).length);
  return shared >= minProvingCharacters;
}

import type { Alignment } from "../../identity/align-history.ts";
import type { Message } from "../../conversation/message/message.ts";
import type { GivenAnswer } from "../state/answer-log.ts";
import type { ThreadKeeper } from "../state/thread-keeper.ts";
import type { HistoryMessage } from "./history-message.ts";
import { groupAnswers } from "./confirm-answers.ts";

/** Characters of an answer's text that prove that a history holds that very answer. */
const minProvingCharacters = 64;
/** A shorter id, such as call_0, is given again and again. */
const minIdCharacters = 12;

/** What alignment with a thread showed, with the answers behind it that the history holds. */
export interface Candidate {
  readonly keeper: ThreadKeeper;
  readonly alignment: Alignment;
  /** Number of messages that the thread knows: as entries, or as an answer that no request had confirmed. */
  readonly known: number;
  /** True if one of them is an answer that was given on this thread. */
  readonly isProven: boolean;
}

/** Aligns what was given on a thread with a history: the answers in its known part, and one that follows it. Errors: store errors. */
export async function examine(
  keeper: ThreadKeeper,
  alignment: Alignment,
  history: readonly HistoryMessage[],
): Promise<Candidate> {
  const logs = await keeper.answerLogs();
  const given = (await Promise.all(logs.map((log) => log.read()))).flat();
  const byKey = new Map<string, GivenAnswer[]>();
  for (const answer of given) byKey.set(answer.key, [...(byKey.get(answer.key) ?? []), answer]);
  let isProven = false;
  for (const [index, slot] of alignment.slots.entries()) {
    const sent = history[index];
    if (slot.seq === undefined || sent === undefined || slot.relation !== "equal") continue;
    const { seq } = slot;
    isProven ||= (byKey.get(sent.key) ?? []).some(
      (answer) => isInPlace(keeper, answer, seq) && proves(answer, sent.message),
    );
  }
  const leaf = findLeaf(keeper, given, { alignment, history });
  return {
    keeper,
    alignment,
    known: alignment.slots.length + leaf.length,
    isProven:
      isProven ||
      leaf.some((answer, index) => proves(answer, history[alignment.slots.length + index]?.message)),
  };
}

/** Returns true if an answer is in the place where it was given: all of its messages follow the same entry. */
function isInPlace(keeper: ThreadKeeper, answer: GivenAnswer, seq: number): boolean {
  return answer.place === seq && answer.parentChain === keeper.chainBefore(answer.start);
}

function findLeaf(
  keeper: ThreadKeeper,
  given: readonly GivenAnswer[],
  { alignment, history }: { readonly alignment: Alignment; readonly history: readonly HistoryMessage[] },
): readonly GivenAnswer[] {
  if (alignment.relation === "foreign" || alignment.relation === "continued") return [];
  const parentChain = keeper.chainBefore(alignment.at);
  const after = given.filter((answer) => answer.parentChain === parentChain);
  for (const group of groupAnswers(after.toReversed())) {
    const matching = group.filter(
      (answer, index) => history[alignment.slots.length + index]?.key === answer.key,
    );
    if (matching.length > 0 && matching.length === group.length) return group;
  }
  return findPartial(after, history[alignment.slots.length]);
}

/** Returns the answer of which the client accepted a part: its beginning, or some of its calls. */
function findPartial(
  after: readonly GivenAnswer[],
  sent: HistoryMessage | undefined,
): readonly GivenAnswer[] {
  if (sent === undefined || sent.role !== "assistant") return [];
  const text = textOf(sent.message);
  const ids = callIdsOf(sent.message);
  const found = after.find(
    (answer) =>
      (text === "" || answer.text.startsWith(text) || text.startsWith(answer.text)) &&
      ids.every((id) => answer.callIds.includes(id)) &&
      text.length + ids.length > 0,
  );
  return found === undefined ? [] : [found];
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
  const signatures = message.parts.flatMap((part) => part.opaque ?? []);
  if (
    signatures.some(
      (signature) =>
        signature.length >= minProvingCharacters &&
        answer.json.includes(signature.slice(0, minProvingCharacters)),
    )
  )
    return true;
  const shared = Math.min(answer.text.length, textOf(message).length);
  return shared >= minProvingCharacters;
}

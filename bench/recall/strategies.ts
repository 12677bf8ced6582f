import type { Passage } from "../../src/window/recall/document.ts";
import { packRanked } from "../../src/window/recall/pack.ts";
import { rankDocuments } from "../../src/window/recall/rank.ts";
import { buildRecallIndex } from "../../src/window/recall/recall-index.ts";
import type { RecallIndex } from "../../src/window/recall/recall-index.ts";
import { termsOf } from "../../src/window/recall/words.ts";
import type { LabelledConversation, Question } from "./conversations.ts";

/** A conversation ready to be asked: indexed, with every cost counted once. */
export interface PreparedConversation extends LabelledConversation {
  readonly index: RecallIndex;
  /** Tokens of each turn, and of each session's header, as they stand in the prompt. */
  readonly turnCosts: readonly number[];
  readonly headerCosts: readonly number[];
}

/** Which turns are in the window, for each budget. */
export type Strategy = (
  conversation: PreparedConversation,
  question: Question,
  budgets: readonly number[],
) => readonly ReadonlySet<number>[];

/** Counts and indexes. The cost model: "Speaker: text" + 4 for a turn, "[date]" + 4 once for a session. */
export function prepareConversation(
  conversation: LabelledConversation,
  countTokens: (text: string) => number,
): PreparedConversation {
  const turnCosts = conversation.turns.map(({ speaker, text }) => countTokens(`${speaker}: ${text}`) + 4);
  const headerCosts = conversation.sessions.map(({ date }) => countTokens(`[${date}]`) + 4);
  const documents = conversation.turns.map(({ speaker, text, session }, seq) => ({
    seq,
    role: "user" as const,
    speaker,
    time: conversation.sessions[session]?.time,
    text,
    tokens: turnCosts[seq] ?? 0,
  }));
  return { ...conversation, index: buildRecallIndex(documents), turnCosts, headerCosts };
}

/** What the product does: `rankDocuments`, then `packRanked`. A turn counts when all its passages are in. */
export const loadline: Strategy = (conversation, question, budgets) => {
  const ranked = rankDocuments(conversation.index, { text: question.text });
  return budgets.map((budgetTokens) => {
    const { chosen } = packRanked(ranked, {
      budgetTokens,
      messageCost: ({ seq, parts, tokens }) =>
        parts === 1 ? (conversation.turnCosts[seq] ?? 0) : tokens + 4,
      sessionCost: (session) => headerCost(conversation, session),
    });
    return wholeTurns(chosen.map(({ passage }) => passage));
  });
};

/** The header of one of the index's sessions is that of the conversation's session which its turns stand in. */
function headerCost(conversation: PreparedConversation, session: number): number {
  const first = conversation.index.storage.passages.find((passage) => passage.session === session);
  return conversation.headerCosts[conversation.turns[first?.seq ?? -1]?.session ?? -1] ?? 0;
}

function wholeTurns(passages: readonly Passage[]): ReadonlySet<number> {
  const seen = new Map<number, number>();
  for (const { seq } of passages) seen.set(seq, (seen.get(seq) ?? 0) + 1);
  return new Set(passages.filter(({ seq, parts }) => seen.get(seq) === parts).map(({ seq }) => seq));
}

/** What trimming does: the newest turns that fit. */
export const newestFirst: Strategy = (conversation, _question, budgets) => {
  const order = conversation.turns.map((_, seq) => conversation.turns.length - 1 - seq);
  return budgets.map((budget) => fillGreedily(conversation, order, budget));
};

/** BM25 (k1 1.2, b 0.75) over stems without stop words; whatever still fits is taken. */
export const plainBm25: Strategy = (conversation, question, budgets) => {
  const { storage, totalLength, documentCount } = conversation.index;
  const scores = new Map<number, number>();
  for (const term of new Set(termsOf(question.text))) {
    const posting = storage.postings.get(term);
    if (posting === undefined) continue;
    const holders = posting.passages.length;
    const idf = Math.log(1 + (documentCount - holders + 0.5) / (holders + 0.5));
    for (const [position, seq] of posting.passages.entries()) {
      const count = posting.counts[position] ?? 0;
      const length = (storage.lengths[seq] ?? 0) / (totalLength / documentCount);
      const score = (idf * count * 2.2) / (count + 1.2 * (0.25 + 0.75 * length));
      scores.set(seq, (scores.get(seq) ?? 0) + score);
    }
  }
  const order = [...scores].sort((first, second) => second[1] - first[1]).map(([seq]) => seq);
  return budgets.map((budget) => fillGreedily(conversation, order, budget));
};

/** The evidence itself, as much as fits: what no strategy can pass. */
export const oracle: Strategy = (conversation, question, budgets) =>
  budgets.map((budget) => fillGreedily(conversation, question.evidence, budget));

function fillGreedily(
  { turns, turnCosts, headerCosts }: PreparedConversation,
  order: readonly number[],
  budget: number,
): ReadonlySet<number> {
  const chosen = new Set<number>();
  const sessions = new Set<number>();
  let used = 0;
  for (const seq of order) {
    const session = turns[seq]?.session ?? -1;
    const cost = (turnCosts[seq] ?? 0) + (sessions.has(session) ? 0 : (headerCosts[session] ?? 0));
    if (used + cost > budget) continue;
    used += cost;
    chosen.add(seq);
    sessions.add(session);
  }
  return chosen;
}

import type { RecallDocument } from "../../src/window/recall/index/document.ts";
import { packRanked } from "../../src/window/recall/rank/pack.ts";
import { rankDocuments } from "../../src/window/recall/rank/rank.ts";
import { buildRecallIndex } from "../../src/window/recall/index/recall-index.ts";
import type { RecallIndex } from "../../src/window/recall/index/recall-index.ts";
import { extractTerms } from "../../src/window/recall/words/words.ts";
import type { LabelledConversation, Question } from "./conversations.ts";

/** A conversation ready for queries: indexed, with every cost counted once. */
export interface PreparedConversation extends LabelledConversation {
  readonly index: RecallIndex;
  /** Tokens of each turn, and of each session's header, in the prompt. */
  readonly turnCosts: readonly number[];
  readonly headerCosts: readonly number[];
}

/** Returns, for each budget, the share of each turn in the window, 0 to 1, by the turn's position. */
export type Strategy = (
  conversation: PreparedConversation,
  question: Question,
  budgets: readonly number[],
) => readonly ReadonlyMap<number, number>[];

const dayMs = 86_400_000;

/**
 * Counts and indexes a conversation. All turns of a session have its time, so any pause separates sessions; those without a date
 * are put a day apart. Cost model: "Speaker: text" + 4 per turn, "[date]" + 4 once per session.
 */
export function prepareConversation(
  conversation: LabelledConversation,
  countTokens: (text: string) => number,
): PreparedConversation {
  const turnCosts = conversation.turns.map(({ speaker, text }) => countTokens(`${speaker}: ${text}`) + 4);
  const headerCosts = conversation.sessions.map(({ date }) => countTokens(`[${date}]`) + 4);
  const documents = conversation.turns.map(({ speaker, text, session }, seq) => ({
    seq,
    ...roleOf(speaker),
    time: conversation.sessions[session]?.time ?? session * dayMs,
    text,
    tokens: turnCosts[seq] ?? 0,
  }));
  return { ...conversation, index: buildRecallIndex(documents, { sessionGapMs: 1 }), turnCosts, headerCosts };
}

/** Returns the role and name of a speaker. A chat with a model has roles instead of names; between people, everyone is a user with a name. */
function roleOf(speaker: string): Pick<RecallDocument, "role" | "speaker"> {
  const name = speaker.toLowerCase();
  if (name === "user" || name === "assistant") return { role: name, speaker: undefined };
  return { role: "user", speaker };
}

/** Loadline's recall: `rankDocuments`, then `packRanked`. A turn split into passages counts by the share that is in the window. */
export const loadline: Strategy = (conversation, question, budgets) => {
  const { index, turns, turnCosts, headerCosts } = conversation;
  const ranked = rankDocuments(index, { text: question.text });
  const sessions = new Map(ranked.map(({ passage }) => [passage.session, turns[passage.seq]?.session ?? -1]));
  return budgets.map((budgetTokens) => {
    const { chosen } = packRanked(ranked, {
      budgetTokens,
      messageCost: ({ seq, parts, tokens }) => (parts === 1 ? (turnCosts[seq] ?? 0) : tokens + 4),
      sessionCost: (session) => headerCosts[sessions.get(session) ?? -1] ?? 0,
    });
    const shares = new Map<number, number>();
    for (const { passage } of chosen) {
      const length = Math.max(1, turns[passage.seq]?.text.length ?? 0);
      const share = passage.parts === 1 ? 1 : (passage.end - passage.start) / length;
      shares.set(passage.seq, (shares.get(passage.seq) ?? 0) + share);
    }
    return shares;
  });
};

/** Trimming: the newest turns that fit. */
export const newestFirst: Strategy = (conversation, _question, budgets) => {
  const order = conversation.turns.map((_, seq) => conversation.turns.length - 1 - seq);
  return budgets.map((budget) => fillGreedily(conversation, order, budget));
};

/** BM25 (k1 1.2, b 0.75) over stems without stop words; takes whatever still fits. */
export const plainBm25: Strategy = (conversation, question, budgets) => {
  const { storage, totalLength, documentCount } = conversation.index;
  const scores = new Map<number, number>();
  for (const term of new Set(extractTerms(question.text))) {
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

/** The evidence itself, as much as fits: the upper bound for any strategy. */
export const oracle: Strategy = (conversation, question, budgets) =>
  budgets.map((budget) => fillGreedily(conversation, question.evidence, budget));

function fillGreedily(
  { turns, turnCosts, headerCosts }: PreparedConversation,
  order: readonly number[],
  budget: number,
): ReadonlyMap<number, number> {
  const chosen = new Map<number, number>();
  const sessions = new Set<number>();
  let used = 0;
  for (const seq of order) {
    const session = turns[seq]?.session ?? -1;
    const cost = (turnCosts[seq] ?? 0) + (sessions.has(session) ? 0 : (headerCosts[session] ?? 0));
    if (used + cost > budget) continue;
    used += cost;
    chosen.set(seq, 1);
    sessions.add(session);
  }
  return chosen;
}

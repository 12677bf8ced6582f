import { requireInteger, requireKnownFields } from "../../../shared/options.ts";
import type { Passage } from "../index/document.ts";
import type { RankedPassage } from "./rank.ts";

/** The budget of a recall, and what passages cost. */
export interface PackOptions {
  readonly budgetTokens: number;
  /** Tokens of a passage as it will appear in the prompt. */
  readonly messageCost: (passage: Passage) => number;
  /** Tokens of a session's header, charged once, to its first passage. Default 0. */
  readonly sessionCost?: (session: number) => number;
}

/** What is recalled. */
export interface PackedRecall {
  /** Best first. */
  readonly chosen: readonly RankedPassage[];
  readonly costTokens: number;
}

/**
 * Fills a budget with the best passages, in order, up to the first that does not fit.
 *
 * Monotone: what is recalled under a budget is recalled under every larger one. Continuing with smaller passages after one
 * that does not fit would break that: under a larger budget it fits, and displaces them. So the room that a passage takes
 * belongs in its rank (`length-penalty.ts`), which no budget changes.
 * Errors: `invalid-option`.
 */
export function packRanked(ranked: readonly RankedPassage[], options: PackOptions): PackedRecall {
  requireKnownFields("options", options, ["budgetTokens", "messageCost", "sessionCost"]);
  const budgetTokens = requireInteger("budgetTokens", options.budgetTokens, 0);
  const sessions = new Set<number>();
  const chosen: RankedPassage[] = [];
  let costTokens = 0;
  for (const entry of ranked) {
    const { session } = entry.passage;
    const header = sessions.has(session) ? 0 : (options.sessionCost?.(session) ?? 0);
    const cost = requireInteger("cost", options.messageCost(entry.passage) + header, 0);
    if (costTokens + cost > budgetTokens) break;
    costTokens += cost;
    sessions.add(session);
    chosen.push(entry);
  }
  return { chosen, costTokens };
}

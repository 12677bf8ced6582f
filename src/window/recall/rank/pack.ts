import { requireInteger, requireKnownFields } from "../../../shared/options.ts";
import type { Passage } from "../index/document.ts";
import type { RankedPassage } from "./rank.ts";

/** What may be recalled, and what things cost. */
export interface PackOptions {
  readonly budgetTokens: number;
  /** Tokens of a passage as it will stand in the prompt. */
  readonly messageCost: (passage: Passage) => number;
  /** Tokens of a session's header, paid once by its first passage. Default none. */
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
 * Monotone: what is recalled under a budget is recalled under every larger one. Going on to smaller passages after
 * one that does not fit would break that: under a larger budget it fits, and takes the place of what was there. So
 * the room a passage takes belongs into its rank (`length-penalty.ts`), which no budget changes.
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

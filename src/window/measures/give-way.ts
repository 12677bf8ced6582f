import type { Hold } from "./holds.ts";
import { sumTokens } from "./layout.ts";
import type { Item } from "./layout.ts";
import { leastTokens, listShortenableResults } from "./shorten-results.ts";
import type { ShortenableResult } from "./shorten-results.ts";
import type { Situation } from "./situation.ts";

/** One step by which entries that stay give way to the budget. Each includes the steps before it. */
export interface GiveWayStep {
  /** Holds that no longer keep an entry. */
  readonly released: readonly Hold[];
  /** Results of held entries may be shortened to this many tokens; undefined while they stay whole. */
  readonly floorTokens: number | undefined;
}

/** Results are cut to about this size before anything else gives way: head and tail still show what the result was. */
const usefulResultTokens = 400;

/**
 * What gives way, in this order, when the entries that stay exceed the budget. What nothing releases stays: pins, the system messages
 * at the beginning, the provider's newest compaction, open calls and the newest request; and of their exchanges the calls, with their
 * results as handles.
 */
const steps: readonly GiveWayStep[] = [
  { released: [], floorTokens: undefined },
  { released: [], floorTokens: usefulResultTokens },
  { released: ["later-system"], floorTokens: usefulResultTokens },
  { released: ["later-system", "task", "tail"], floorTokens: usefulResultTokens },
  { released: ["later-system", "task", "tail"], floorTokens: 0 },
  { released: ["later-system", "task", "tail", "newest-system"], floorTokens: 0 },
  { released: ["later-system", "task", "tail", "newest-system", "newest"], floorTokens: 0 },
];

/** What stays after a step, and how small it can be. */
export interface Kept {
  readonly protectedSeqs: ReadonlySet<number>;
  readonly floorTokens: number;
  /** Results of entries that stay, which may be shortened. */
  readonly results: readonly ShortenableResult[];
  /** Tokens of everything that stays, with those results at their least. */
  readonly minTokens: number;
}

/** Returns what stays after a step. */
function keepAfter(situation: Situation, { released, floorTokens }: GiveWayStep): Kept {
  const kept = [...situation.holds].filter(([, hold]) => !released.includes(hold));
  const protectedSeqs = new Set(kept.map(([seq]) => seq));
  const total = sumTokensOf(situation.items, protectedSeqs);
  if (floorTokens === undefined) return { protectedSeqs, floorTokens: 0, results: [], minTokens: total };
  const seqs = new Set(kept.filter(([, hold]) => hold !== "pin").map(([seq]) => seq));
  const results = listShortenableResults(situation.items, seqs, situation);
  const saved = results.reduce((sum, result) => sum + result.tokens - leastTokens(result, floorTokens), 0);
  return { protectedSeqs, floorTokens, results, minTokens: total - saved };
}

/** Sums the tokens of the entries with these seqs. */
export function sumTokensOf(items: readonly Item[], seqs: ReadonlySet<number>): number {
  return sumTokens(items.filter((item) => item.type === "entry" && seqs.has(item.seq)));
}

/** Returns what stays after the first step that makes room enough; undefined if no step does. */
export function chooseStaying(situation: Situation): Kept | undefined {
  const roomTokens = situation.counterBudgetTokens - situation.fixedTokens;
  for (const step of steps) {
    const kept = keepAfter(situation, step);
    if (kept.minTokens <= roomTokens) return kept;
  }
  return undefined;
}

/** Returns the least that can stay. With `newest`, the newest exchange stays too, its results as handles. */
export function chooseLeastStaying(situation: Situation, newest: boolean): Kept {
  const released: readonly Hold[] = ["later-system", "task", "tail", "newest-system"];
  return keepAfter(situation, { released: newest ? released : [...released, "newest"], floorTokens: 0 });
}

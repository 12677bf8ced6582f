import type { TermGroup } from "./query.ts";
import { countBelow } from "./rarity.ts";
import type { Rarity } from "./rarity.ts";
import type { RecallIndex } from "../index/recall-index.ts";
import type { RankSettings } from "./settings.ts";

/** What one group of terms contributed to which passages. */
export interface GroupScores {
  readonly group: TermGroup;
  readonly passages: readonly number[];
  readonly scores: readonly number[];
  /** True if the passage itself holds a term, false if only its neighbours do. */
  readonly own: readonly boolean[];
}

/** BM25 over enriched passages, and the share of the query's weight that each passage holds, from 0 to 1. */
export interface TermScores {
  readonly total: Float64Array;
  readonly coverage: Float64Array;
  readonly groups: readonly GroupScores[];
}

/**
 * Scores every passage for the groups by BM25, including its neighbours' words at lower weights: the turn before or after often
 * says what a turn means (11 points of recall at 512 tokens).
 */
export function scoreTerms(
  index: RecallIndex,
  groups: readonly TermGroup[],
  rarity: Rarity,
  settings: RankSettings,
): TermScores {
  const total = new Float64Array(index.passageCount);
  const coverage = new Float64Array(index.passageCount);
  const counts = new Float64Array(index.passageCount);
  const lengthOf = measureEnrichedLengths(index, rarity.averageLength, settings);
  const scored: GroupScores[] = [];
  let wordWeight = 0;
  for (const group of groups) {
    const value = group.weight * rarity.idf(group.terms);
    if (value === 0) continue;
    if (group.kind === "word") wordWeight += value;
    const { passages, own } = countGroup(index, group.terms, counts, settings);
    const scores = passages.map((passage) => {
      const count = counts[passage] ?? 0;
      const norm = settings.k1 * (1 - settings.b + settings.b * lengthOf(passage));
      const score = (value * count * (settings.k1 + 1)) / (count + norm);
      total[passage] = (total[passage] ?? 0) + score;
      if (group.kind === "word") coverage[passage] = (coverage[passage] ?? 0) + value * Math.min(1, count);
      counts[passage] = 0;
      return score;
    });
    scored.push({ group, passages, scores, own });
  }
  if (wordWeight > 0) for (const [passage, held] of coverage.entries()) coverage[passage] = held / wordWeight;
  return { total, coverage, groups: scored };
}

/** Adds the terms' enriched counts to `counts`; returns the passages changed, each once. */
function countGroup(
  index: RecallIndex,
  terms: readonly string[],
  counts: Float64Array,
  settings: RankSettings,
): { readonly passages: readonly number[]; readonly own: readonly boolean[] } {
  const { postings, lengths } = index.storage;
  const passages: number[] = [];
  const holders = new Set<number>();
  const add = (passage: number, count: number): void => {
    if (counts[passage] === 0) passages.push(passage);
    counts[passage] = (counts[passage] ?? 0) + count;
  };
  for (const term of terms) {
    const posting = postings.get(term);
    if (posting === undefined) continue;
    const visible = countBelow(posting.passages, index.passageCount);
    for (let position = 0; position < visible; position++) {
      const passage = posting.passages[position] ?? 0;
      const count = posting.counts[position] ?? 0;
      const scaled = count * Math.min(1, settings.neighbourTerms / Math.max(1, lengths[passage] ?? 1));
      holders.add(passage);
      add(passage, count);
      for (const { offset, weight } of settings.neighbours) {
        // Seen from `passage - offset`, this passage is the neighbour at `offset`, so its terms also count there.
        if (areJoined(index, passage - offset, passage)) add(passage - offset, scaled * weight);
      }
    }
  }
  return { passages, own: passages.map((passage) => holders.has(passage)) };
}

/** Returns true if both are in the index and nothing is missing between them. */
function areJoined(index: RecallIndex, first: number, second: number): boolean {
  const { follows } = index.storage;
  const from = Math.min(first, second);
  const to = Math.max(first, second);
  if (from < 0 || to >= index.passageCount) return false;
  for (let passage = from + 1; passage <= to; passage++) if (follows[passage] !== true) return false;
  return true;
}

/** Returns each passage's length with its neighbours' share, relative to the mean. */
function measureEnrichedLengths(
  index: RecallIndex,
  averageLength: number,
  settings: RankSettings,
): (passage: number) => number {
  const { lengths } = index.storage;
  const shareOf = (length: number): number => Math.min(length, settings.neighbourTerms);
  const weights = settings.neighbours.reduce((sum, { weight }) => sum + weight, 0);
  const average = Math.max(1, averageLength + weights * shareOf(averageLength));
  return (passage) => {
    let length = lengths[passage] ?? 0;
    for (const { offset, weight } of settings.neighbours) {
      if (areJoined(index, passage, passage + offset))
        length += weight * shareOf(lengths[passage + offset] ?? 0);
    }
    return length / average;
  };
}

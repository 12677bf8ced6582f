import type { RankSettings } from "./settings.ts";

/** Passage numbers, best first, with their scores. */
export type Ranking = readonly { readonly passage: number; readonly score: number }[];

/** Sorts numbered scores, best first; of equal scores the newer passage, so that the order never varies. */
export function orderScores(scores: Iterable<readonly [passage: number, score: number]>): Ranking {
  return [...scores]
    .filter(([, score]) => score > 0)
    .map(([passage, score]) => ({ passage, score }))
    .sort((first, second) => second.score - first.score || second.passage - first.passage);
}

/**
 * Reciprocal rank fusion: each ranking gives 1 / (fusionRank + rank). Ranks and not scores, as BM25 and cosines have
 * no common scale. The result is scaled so that first in both rankings is 1.
 * Source: Cormack, Clarke, Buettcher, "Reciprocal rank fusion", SIGIR 2009.
 */
export function fuseRankings(words: Ranking, similar: Ranking, settings: RankSettings): Ranking {
  const fused = new Map<number, number>();
  const add = (ranking: Ranking, weight: number): void => {
    for (const [rank, { passage }] of ranking.entries()) {
      const share = (weight * (settings.fusionRank + 1)) / (settings.fusionRank + rank + 1);
      fused.set(passage, (fused.get(passage) ?? 0) + share / (1 + settings.fusionWeight));
    }
  };
  add(words, 1);
  add(similar, settings.fusionWeight);
  return orderScores(fused);
}

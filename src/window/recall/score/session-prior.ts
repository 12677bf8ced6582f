import type { RecallIndex } from "../index/recall-index.ts";
import type { RankSettings } from "./settings.ts";

/**
 * Returns the factor of each session: 1 + `settings.session` for the session whose best passages have the highest sum,
 * proportionally less for the others. A session about the subject holds more of it than its words show.
 */
export function computeSessionFactors(
  index: RecallIndex,
  scores: Float64Array,
  settings: RankSettings,
): Float64Array {
  const best = Array.from({ length: index.sessionCount }, (): number[] => []);
  for (let passage = 0; passage < index.passageCount; passage++) {
    const score = scores[passage] ?? 0;
    const list = best[index.storage.passages[passage]?.session ?? -1];
    if (list !== undefined && score > 0) keepBest(list, score, settings.sessionPassages);
  }
  const sums = Float64Array.from(best, (list) => list.reduce((sum, score) => sum + score, 0));
  const highest = sums.reduce((first, second) => Math.max(first, second), 0);
  return sums.map((sum) => (highest === 0 ? 1 : 1 + (settings.session * sum) / highest));
}

function keepBest(list: number[], score: number, size: number): void {
  if (list.length < size) {
    list.push(score);
    return;
  }
  const lowest = Math.min(...list);
  if (score > lowest) list[list.indexOf(lowest)] = score;
}

import type { DateRange } from "../words/dates.ts";
import type { RecallIndex } from "../index/recall-index.ts";
import type { RankSettings } from "./settings.ts";
import type { GroupScores } from "./term-scores.ts";

/**
 * Scores a named date as a word that every passage of that time holds, so that "what did we decide yesterday?" finds an answer
 * with which it shares no word. The shorter the time, the rarer the word.
 */
export function scoreDates(
  index: RecallIndex,
  dates: readonly DateRange[],
  settings: RankSettings,
): GroupScores | undefined {
  const { documents, documentOf } = index.storage;
  const passages: number[] = [];
  if (dates.length > 0) {
    for (let passage = 0; passage < index.passageCount; passage++) {
      const time = documents[documentOf[passage] ?? -1]?.time;
      if (time !== undefined && dates.some(({ from, to }) => time >= from && time < to))
        passages.push(passage);
    }
  }
  if (passages.length === 0) return undefined;
  const idf = Math.log(1 + (index.passageCount - passages.length + 0.5) / (passages.length + 0.5));
  const score = settings.dateWord * idf;
  return {
    group: { name: "date", kind: "date", terms: [], weight: settings.dateWord },
    passages,
    scores: passages.map(() => score),
    own: passages.map(() => true),
  };
}

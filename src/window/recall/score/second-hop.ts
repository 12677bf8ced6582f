import type { TermGroup } from "./query.ts";
import type { Rarity } from "./rarity.ts";
import type { RecallIndex } from "../index/recall-index.ts";
import type { RankSettings } from "./settings.ts";
import { extractTerms } from "../words/words.ts";

/** A term in a larger share of all documents is not specific to the subject. */
const maxShare = 0.05;

/** Terms of a passage that are read: a longer list would outvote the other passages. */
const maxPassageTerms = 200;

/** What the query's own words found. */
export interface FirstRanking {
  readonly index: RecallIndex;
  /** One score per passage. */
  readonly scores: Float64Array;
  /** Numbers of the best passages, best first. */
  readonly best: readonly number[];
  /** Terms of the query itself, which a second query does not repeat. */
  readonly queryTerms: ReadonlySet<string>;
  readonly rarity: Rarity;
}

/**
 * Makes a second query from the best passages of the first: their rare words, weighted by the scores of their passages. It
 * finds what shares no word with the question but shares one with its best answers.
 */
export function makeSecondHop(first: FirstRanking, settings: RankSettings): readonly TermGroup[] {
  const { index, scores, best, queryTerms, rarity } = first;
  const { documents, documentOf, passages } = index.storage;
  const votes = new Map<string, number>();
  for (const number of best.slice(0, settings.hopPassages)) {
    const passage = passages[number];
    const text = documents[documentOf[number] ?? -1]?.text.slice(passage?.start, passage?.end) ?? "";
    for (const term of [...new Set(extractTerms(text))].slice(0, maxPassageTerms)) {
      // A term of only one document leads nowhere else.
      const frequency = queryTerms.has(term) ? 0 : rarity.frequency([term]);
      if (frequency < 2 || frequency > maxShare * rarity.documentCount) continue;
      votes.set(term, (votes.get(term) ?? 0) + (scores[number] ?? 0) * rarity.idf([term]));
    }
  }
  const chosen = [...votes]
    .sort((first, second) => second[1] - first[1] || (first[0] < second[0] ? -1 : 1))
    .slice(0, settings.hopTerms);
  const highest = chosen[0]?.[1] ?? 1;
  return chosen.map(([term, vote]) => ({
    name: term,
    kind: "hop",
    terms: [term],
    weight: (settings.hop * vote) / highest,
  }));
}

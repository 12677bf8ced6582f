import type { CollectionStatistics } from "../index/document.ts";
import { scoreDates } from "./date-scores.ts";
import { computeFactors } from "./factors.ts";
import { flowScores } from "./flow.ts";
import { selectBest } from "./fuse.ts";
import { readQuery } from "./query.ts";
import type { ReadQuery, RecallQuery } from "./query.ts";
import { measureRarity } from "./rarity.ts";
import type { RecallIndex } from "../index/recall-index.ts";
import { makeSecondHop } from "./second-hop.ts";
import { computeSessionFactors } from "./session-prior.ts";
import type { RankSettings } from "./settings.ts";
import { scoreTerms } from "./term-scores.ts";
import type { GroupScores, TermScores } from "./term-scores.ts";

/** Scores of all passages with their parts; one element per passage unless stated otherwise. */
export interface ScoredPassages {
  readonly query: ReadQuery;
  readonly terms: TermScores;
  /** The terms' scores after coverage and flow, before any other factor. */
  readonly flowed: Float64Array;
  /** One element per session. */
  readonly sessions: Float64Array;
  /** Product of all factors except the session's. */
  readonly factors: Float64Array;
  readonly scores: Float64Array;
}

/**
 * Scores the passages by the query's words and concepts, then again with the second hop that the best of them suggest.
 */
export function scorePassages(
  index: RecallIndex,
  query: RecallQuery,
  settings: RankSettings,
  statistics: CollectionStatistics | undefined,
): ScoredPassages {
  const rarity = measureRarity(index, statistics);
  const read = readQuery(index, query, settings, (term) => rarity.idf([term]));
  const factors = Float64Array.from({ length: index.passageCount }, (_, passage) => {
    const { speaker, date, form, length } = computeFactors(index, passage, read, settings);
    return speaker * date * form * length;
  });
  const first = addGroup(
    scoreTerms(index, read.groups, rarity, settings),
    scoreDates(index, read.dates, settings),
  );
  const found = applyFactors(index, first, factors, settings);
  const best = selectBest(found.scores, settings.hopPassages);
  const queryTerms = new Set(read.groups.flatMap(({ kind, terms }) => (kind === "word" ? terms : [])));
  const numbers = best.map(({ passage }) => passage);
  const hop = makeSecondHop({ index, scores: found.scores, best: numbers, queryTerms, rarity }, settings);
  if (hop.length === 0) return { query: read, terms: first, factors, ...found };
  const second = scoreTerms(index, hop, rarity, settings);
  const terms = {
    total: first.total.map((score, passage) => score + (second.total[passage] ?? 0)),
    coverage: first.coverage,
    groups: [...first.groups, ...second.groups],
  };
  return { query: read, terms, factors, ...applyFactors(index, terms, factors, settings) };
}

function addGroup(terms: TermScores, group: GroupScores | undefined): TermScores {
  if (group === undefined) return terms;
  const total = terms.total.slice();
  for (const [position, passage] of group.passages.entries()) {
    total[passage] = (total[passage] ?? 0) + (group.scores[position] ?? 0);
  }
  return { ...terms, total, groups: [...terms.groups, group] };
}

/** Applies coverage and flow to the terms' scores, then the passage's factors, then its session's. */
function applyFactors(
  index: RecallIndex,
  terms: TermScores,
  factors: Float64Array,
  settings: RankSettings,
): Pick<ScoredPassages, "flowed" | "sessions" | "scores"> {
  const covered = terms.total.map(
    (score, passage) => score * (1 + settings.coverage * (terms.coverage[passage] ?? 0)),
  );
  const flowed = flowScores(index, covered, settings);
  const scores = flowed.map((score, passage) => score * (factors[passage] ?? 1));
  const sessions = computeSessionFactors(index, scores, settings);
  for (const [passage, score] of scores.entries()) {
    scores[passage] = score * (sessions[index.storage.passages[passage]?.session ?? -1] ?? 1);
  }
  return { flowed, sessions, scores };
}

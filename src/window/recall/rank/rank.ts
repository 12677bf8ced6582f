import { requireInteger, requireKnownFields, requireNumber, requireText } from "../../../shared/options.ts";
import type { CollectionStatistics, Passage } from "../index/document.ts";
import { cosine } from "./embedder.ts";
import type { QueryEmbedding } from "./embedder.ts";
import { collectMatches } from "./explain.ts";
import type { Why } from "./explain.ts";
import { computeFactors } from "../score/factors.ts";
import { selectBest, fuseRankings } from "../score/fuse.ts";
import type { Ranking } from "../score/fuse.ts";
import type { RecallQuery } from "../score/query.ts";
import type { RecallIndex } from "../index/recall-index.ts";
import { scorePassages } from "../score/score-passages.ts";
import type { ScoredPassages } from "../score/score-passages.ts";
import { defaultSettings } from "../score/settings.ts";
import type { RankSettings } from "../score/settings.ts";

/** What a Date can hold. */
const maxTimeMs = 8.64e15;

/** How to rank. */
export interface RankOptions {
  /** Maximum number of passages to return. Default 1000. */
  readonly limit?: number;
  /** Leaves out passages below this share of the best score, 0 to 1: recall need not fill its budget. Default 0. */
  readonly minShare?: number;
  /**
   * Statistics of the larger collection, if the index holds only candidates from it. Good candidates are the store's best for
   * the query's words, its best for the related words (`chooseSearchTerms`), and the neighbours of each within 2. With 200 candidates
   * and their neighbours, of a thread of 3,000, recall was 0.3 points lower at 512 tokens and 1.3 at 2048 than over the entire
   * thread. So take several times as many as the budget will hold.
   */
  readonly statistics?: CollectionStatistics | undefined;
  /** Vectors of the query and the passages; their ranking is fused with the ranking by words. */
  readonly embedding?: QueryEmbedding | undefined;
  /** Default `defaultSettings`. */
  readonly settings?: RankSettings;
}

/** A ranked passage, with the reasons for its score. Scores of one call are comparable; those of two calls are not. */
export interface RankedPassage {
  readonly passage: Passage;
  readonly score: number;
  readonly why: Why;
}

/**
 * Ranks the passages that match a query, best first; leaves out passages without any match. Deterministic: the same index and
 * query give the same order on every machine; of equal scores the newer passage is first.
 * Errors: `invalid-option`.
 */
export function rankDocuments(
  index: RecallIndex,
  query: RecallQuery,
  options: RankOptions = {},
): readonly RankedPassage[] {
  requireKnownFields("query", query, ["text", "context", "now"]);
  if (typeof query.text !== "string") requireText("query.text", query.text);
  if (query.now !== undefined) requireNumber("query.now", query.now, -maxTimeMs, maxTimeMs);
  requireKnownFields("options", options, ["limit", "minShare", "statistics", "embedding", "settings"]);
  const limit = requireInteger("limit", options.limit ?? 1000, 1);
  const minShare = requireNumber("minShare", options.minShare ?? 0, 0, 1);
  const settings = options.settings ?? defaultSettings;
  const scored = scorePassages(index, query, settings, options.statistics);
  const similarities =
    options.embedding === undefined ? undefined : measureSimilarity(index, options.embedding);
  const ranking = selectBest(
    similarities === undefined ? scored.scores : fuse(scored, similarities, settings),
    limit,
  );
  const minScore = minShare * (ranking[0]?.score ?? 0);
  const kept = ranking.filter(({ score }) => score >= minScore);
  return explainRanking({ index, ranking: kept, scored, similarities, settings });
}

/** Returns the cosine of each passage with the query; NaN if the passage has no vector. */
function measureSimilarity(index: RecallIndex, embedding: QueryEmbedding): Float64Array {
  return Float64Array.from({ length: index.passageCount }, (_, number) => {
    const passage = index.storage.passages[number];
    const vector = passage === undefined ? undefined : embedding.vectorOf(passage);
    return vector === undefined ? Number.NaN : cosine(embedding.query, vector);
  });
}

/** Fuses the two rankings. A passage's factors hold for its meaning as for its words, so they count in both. */
function fuse(scored: ScoredPassages, similarities: Float64Array, settings: RankSettings): Float64Array {
  const count = scored.scores.length;
  const similar = similarities.map((similarity, passage) => similarity * (scored.factors[passage] ?? 1));
  return fuseRankings(selectBest(scored.scores, count), selectBest(similar, count), count, settings);
}

/** A ranking with the parts that it was made of. */
interface MadeRanking {
  readonly index: RecallIndex;
  readonly ranking: Ranking;
  readonly scored: ScoredPassages;
  readonly similarities: Float64Array | undefined;
  readonly settings: RankSettings;
}

function explainRanking(made: MadeRanking): readonly RankedPassage[] {
  const { index, ranking, scored, similarities, settings } = made;
  const matches = collectMatches(
    scored.terms.groups,
    ranking.map(({ passage }) => passage),
  );
  return ranking.flatMap(({ passage: number, score }) => {
    const passage = index.storage.passages[number];
    if (passage === undefined) return [];
    const similarity = similarities?.[number] ?? Number.NaN;
    const coverage = 1 + settings.coverage * (scored.terms.coverage[number] ?? 0);
    const why: Why = {
      terms: matches.get(number) ?? [],
      carried: (scored.flowed[number] ?? 0) - (scored.terms.total[number] ?? 0) * coverage,
      coverage,
      factors: computeFactors(index, number, scored.query, settings),
      session: scored.sessions[passage.session] ?? 1,
      similarity: Number.isNaN(similarity) ? undefined : similarity,
    };
    return [{ passage, score, why }];
  });
}

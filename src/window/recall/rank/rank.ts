import { requireInteger, requireKnownFields, requireNumber, requireText } from "../../../shared/options.ts";
import type { CollectionStatistics, Passage } from "../index/document.ts";
import { cosine } from "./embedder.ts";
import type { QueryEmbedding } from "./embedder.ts";
import { matchedTerms } from "./explain.ts";
import type { Why } from "./explain.ts";
import { factorsOf } from "../score/factors.ts";
import { bestScores, fuseRankings } from "../score/fuse.ts";
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
  /** At most this many passages are given. Default 1000. */
  readonly limit?: number;
  /** Passages below this share of the best score, 0 to 1, are left out: recall need not fill its budget. Default 0. */
  readonly minShare?: number;
  /**
   * Statistics of the larger collection, when the index holds only candidates from it. Candidates are good when they
   * are the best of a store for the query's words, those for its related words (`searchTerms`), and the neighbours
   * of each within 2: 200 candidates with their neighbours, of a thread of
   * 3,000, lost 0.3 points of recall at 512 tokens and 1.3 at 2048 against the whole thread. So take several times as
   * many as the budget will hold.
   */
  readonly statistics?: CollectionStatistics | undefined;
  /** Vectors of the query and the passages; their ranking is fused with that by words. */
  readonly embedding?: QueryEmbedding | undefined;
  /** Default `defaultSettings`. */
  readonly settings?: RankSettings;
}

/** A passage in its place among all, with the reasons. Scores of one call compare; those of two calls do not. */
export interface RankedPassage {
  readonly passage: Passage;
  readonly score: number;
  readonly why: Why;
}

/**
 * The passages that bear on a query, best first; passages that nothing speaks for are left out. Deterministic: the
 * same index and query give the same order on every machine, of equal scores the newer passage first.
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
  const similarities = options.embedding === undefined ? undefined : similarityOf(index, options.embedding);
  const ranking = bestScores(
    similarities === undefined ? scored.scores : fuse(scored, similarities, settings),
    limit,
  );
  const minScore = minShare * (ranking[0]?.score ?? 0);
  const kept = ranking.filter(({ score }) => score >= minScore);
  return explainRanking({ index, ranking: kept, scored, similarities, settings });
}

/** Cosine of each passage with the query; NaN where the passage has no vector. */
function similarityOf(index: RecallIndex, embedding: QueryEmbedding): Float64Array {
  return Float64Array.from({ length: index.passageCount }, (_, number) => {
    const passage = index.storage.passages[number];
    const vector = passage === undefined ? undefined : embedding.vectorOf(passage);
    return vector === undefined ? Number.NaN : cosine(embedding.query, vector);
  });
}

/** What is known of a passage apart from its words holds for its meaning too, so its factors count in both rankings. */
function fuse(scored: ScoredPassages, similarities: Float64Array, settings: RankSettings): Float64Array {
  const count = scored.scores.length;
  const similar = similarities.map((similarity, passage) => similarity * (scored.factors[passage] ?? 1));
  return fuseRankings(bestScores(scored.scores, count), bestScores(similar, count), count, settings);
}

/** A ranking with what it was made of. */
interface MadeRanking {
  readonly index: RecallIndex;
  readonly ranking: Ranking;
  readonly scored: ScoredPassages;
  readonly similarities: Float64Array | undefined;
  readonly settings: RankSettings;
}

function explainRanking(made: MadeRanking): readonly RankedPassage[] {
  const { index, ranking, scored, similarities, settings } = made;
  const matches = matchedTerms(
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
      factors: factorsOf(index, number, scored.query, settings),
      session: scored.sessions[passage.session] ?? 1,
      similarity: Number.isNaN(similarity) ? undefined : similarity,
    };
    return [{ passage, score, why }];
  });
}

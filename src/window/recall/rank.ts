import { requireInteger, requireKnownFields } from "../../shared/options.ts";
import type { CollectionStatistics, Passage } from "./document.ts";
import { cosine } from "./embedder.ts";
import type { QueryEmbedding } from "./embedder.ts";
import { matchedTerms } from "./explain.ts";
import type { Why } from "./explain.ts";
import { factorsOf } from "./factors.ts";
import { flowScores } from "./flow.ts";
import { fuseRankings, orderScores } from "./fuse.ts";
import type { Ranking } from "./fuse.ts";
import { readQuery } from "./query.ts";
import type { ReadQuery, RecallQuery } from "./query.ts";
import { rarityOf } from "./rarity.ts";
import type { RecallIndex } from "./recall-index.ts";
import { secondHop } from "./second-hop.ts";
import { sessionFactors } from "./session-prior.ts";
import { defaultSettings } from "./settings.ts";
import type { RankSettings } from "./settings.ts";
import { scoreTerms } from "./term-scores.ts";
import type { TermScores } from "./term-scores.ts";

/** How to rank. */
export interface RankOptions {
  /** At most this many passages are given. Default 1000. */
  readonly limit?: number;
  /** Statistics of the larger collection, when the index holds only candidates from it. */
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
  requireKnownFields("options", options, ["limit", "statistics", "embedding", "settings"]);
  const limit = requireInteger("limit", options.limit ?? 1000, 1);
  const settings = options.settings ?? defaultSettings;
  const scored = scorePassages(index, query, settings, options.statistics);
  const words = orderScores(scored.scores.entries());
  const similarities = options.embedding === undefined ? undefined : similarityOf(index, options.embedding);
  const ranking =
    similarities === undefined ? words : fuseRankings(words, rankSimilar(similarities, scored), settings);
  return explainRanking(index, ranking.slice(0, limit), scored, similarities, settings);
}

interface ScoredPassages {
  readonly query: ReadQuery;
  readonly terms: TermScores;
  readonly flowed: Float64Array;
  readonly sessions: Float64Array;
  /** Product of all factors but the session's. */
  readonly factors: Float64Array;
  readonly scores: Float64Array;
}

function scorePassages(
  index: RecallIndex,
  query: RecallQuery,
  settings: RankSettings,
  statistics: CollectionStatistics | undefined,
): ScoredPassages {
  const rarity = rarityOf(index, statistics);
  const read = readQuery(index, query, settings, (term) => rarity.idf([term]));
  const factors = Float64Array.from({ length: index.passageCount }, (_, passage) => {
    const { speaker, date, form, length } = factorsOf(index, passage, read, settings);
    return speaker * date * form * length;
  });
  const first = scoreTerms(index, read.groups, rarity, settings);
  const found = applyFactors(index, first, factors, settings);
  const best = orderScores(found.scores.entries()).slice(0, settings.hopPassages);
  const asked = new Set(read.groups.flatMap(({ kind, terms }) => (kind === "word" ? terms : [])));
  const hop = secondHop(
    index,
    found.scores,
    best.map(({ passage }) => passage),
    asked,
    rarity,
    settings,
  );
  if (hop.length === 0) return { query: read, terms: first, factors, ...found };
  const second = scoreTerms(index, hop, rarity, settings);
  const terms = {
    total: first.total.map((score, passage) => score + (second.total[passage] ?? 0)),
    coverage: first.coverage,
    groups: [...first.groups, ...second.groups],
  };
  return { query: read, terms, factors, ...applyFactors(index, terms, factors, settings) };
}

/** Terms, then what flows from neighbours, then what is known of the passage, then its session. */
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
  const sessions = sessionFactors(index, scores, settings);
  for (const [passage, score] of scores.entries()) {
    scores[passage] = score * (sessions[index.storage.passages[passage]?.session ?? -1] ?? 1);
  }
  return { flowed, sessions, scores };
}

function similarityOf(index: RecallIndex, embedding: QueryEmbedding): ReadonlyMap<number, number> {
  const similarities = new Map<number, number>();
  for (let number = 0; number < index.passageCount; number += 1) {
    const passage = index.storage.passages[number];
    const vector = passage === undefined ? undefined : embedding.vectorOf(passage);
    if (vector !== undefined) similarities.set(number, cosine(embedding.query, vector));
  }
  return similarities;
}

/** What is known of a passage apart from its words holds for its meaning too. */
function rankSimilar(similarities: ReadonlyMap<number, number>, { factors }: ScoredPassages): Ranking {
  return orderScores(
    [...similarities].map(([passage, similarity]) => [
      passage,
      Math.max(0, similarity) * (factors[passage] ?? 1),
    ]),
  );
}

function explainRanking(
  index: RecallIndex,
  ranking: Ranking,
  scored: ScoredPassages,
  similarities: ReadonlyMap<number, number> | undefined,
  settings: RankSettings,
): readonly RankedPassage[] {
  const matches = matchedTerms(
    scored.terms.groups,
    ranking.map(({ passage }) => passage),
  );
  return ranking.flatMap(({ passage: number, score }) => {
    const passage = index.storage.passages[number];
    if (passage === undefined) return [];
    const coverage = 1 + settings.coverage * (scored.terms.coverage[number] ?? 0);
    const why: Why = {
      terms: matches.get(number) ?? [],
      carried: (scored.flowed[number] ?? 0) - (scored.terms.total[number] ?? 0) * coverage,
      coverage,
      factors: factorsOf(index, number, scored.query, settings),
      session: scored.sessions[passage.session] ?? 1,
      similarity: similarities?.get(number),
    };
    return [{ passage, score, why }];
  });
}

import type { Factors } from "../score/factors.ts";
import type { TermGroup } from "../score/query.ts";
import type { GroupScores } from "../score/term-scores.ts";

/** One term's part in a score. */
export interface MatchedTerm {
  readonly term: string;
  /** Why the term counts: the query has it, a concept of the query holds it, it is a named date, or the second hop chose it. */
  readonly kind: TermGroup["kind"];
  readonly score: number;
  /** False if only the neighbours hold it. */
  readonly own: boolean;
}

/** Why a passage has its rank. */
export interface Why {
  /** Highest first. */
  readonly terms: readonly MatchedTerm[];
  /** Score that flowed to it from the passages around it, in the same unit as the terms' scores. */
  readonly carried: number;
  /** Factor for holding many of the query's words. */
  readonly coverage: number;
  readonly factors: Factors;
  /** Factor of its session. */
  readonly session: number;
  /** Cosine with the query; `undefined` without an embedding. */
  readonly similarity: number | undefined;
}

/** Returns the matched terms of the wanted passages, by passage. */
export function collectMatches(
  groups: readonly GroupScores[],
  wanted: Iterable<number>,
): ReadonlyMap<number, readonly MatchedTerm[]> {
  const matches = new Map([...wanted].map((passage): [number, MatchedTerm[]] => [passage, []]));
  for (const { group, passages, scores, own } of groups) {
    for (const [position, passage] of passages.entries()) {
      const score = scores[position] ?? 0;
      const term = { term: group.name, kind: group.kind, score, own: own[position] ?? false };
      matches.get(passage)?.push(term);
    }
  }
  for (const list of matches.values()) list.sort((first, second) => second.score - first.score);
  return matches;
}

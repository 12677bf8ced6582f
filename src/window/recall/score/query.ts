import type { Concept } from "../words/concepts.ts";
import { findConcepts } from "../words/concepts.ts";
import type { DateContext, DateRange } from "../words/dates.ts";
import { findDateRanges } from "../words/dates.ts";
import type { RecallIndex } from "../index/recall-index.ts";
import type { RankSettings } from "./settings.ts";
import { extractTerms } from "../words/words.ts";

/** A question to recall for. */
export interface RecallQuery {
  readonly text: string;
  /** What led to the question, such as the turns before: its words count less. */
  readonly context?: string | undefined;
  /** Time of the question, milliseconds since 1970 UTC: the reference for "last week". */
  readonly now?: number | undefined;
}

/** Terms that are scored together as if they were one word. */
export interface TermGroup {
  /** Name in the explanation. */
  readonly name: string;
  readonly kind: "word" | "concept" | "date" | "hop";
  readonly terms: readonly string[];
  readonly weight: number;
}

/** A query as the ranker uses it. */
export interface ReadQuery {
  readonly groups: readonly TermGroup[];
  /** Speakers whom the query names. */
  readonly speakers: ReadonlySet<string>;
  readonly dates: readonly DateRange[];
  readonly asksWhen: boolean;
}

/** Characters of a query that are read: the start of a pasted file states the question. */
const maxQueryCharacters = 20_000;

/** The rarest words decide; more of them cost time and add noise. */
const maxWords = 48;
const maxConcepts = 24;

const askingWhen = /\bwhen\b|\b(?:what|which) (?:date|day|week|month|year|time)\b|\bhow long\b/i;

/** Reads a query against the speakers and times of an index; `idf` returns how rare a term is. */
export function readQuery(
  index: RecallIndex,
  query: RecallQuery,
  settings: RankSettings,
  idf: (term: string) => number,
): ReadQuery {
  const text = query.text.slice(0, maxQueryCharacters);
  const own = new Set(extractTerms(text));
  const weights = new Map([...own].map((term): [string, number] => [term, 1]));
  // The end of the context is nearest to the question.
  for (const term of extractTerms((query.context ?? "").slice(-maxQueryCharacters))) {
    if (!weights.has(term)) weights.set(term, settings.context);
  }
  const speakers = new Set<string>();
  for (const [speaker, terms] of index.speakers) {
    if (terms.some((term) => own.has(term))) speakers.add(speaker);
    for (const term of terms) if (weights.has(term)) weights.set(term, settings.name);
  }
  const words = [...weights]
    .map(([term, weight]): TermGroup => ({ name: term, kind: "word", terms: [term], weight }))
    .sort((first, second) => second.weight * idf(second.name) - first.weight * idf(first.name))
    .slice(0, maxWords);
  return {
    groups: [...words, ...makeConceptGroups(words, settings)],
    speakers,
    dates: findDateRanges(text, { now: query.now, earliest: index.earliest, latest: index.latest }),
    asksWhen: askingWhen.test(text),
  };
}

/**
 * Makes the groups of concepts. Only words of the question itself (weight 1) select a concept; each counts once, with the
 * highest weight of its words.
 */
function makeConceptGroups(words: readonly TermGroup[], settings: RankSettings): readonly TermGroup[] {
  const weights = new Map<Concept, number>();
  for (const { name, weight } of words) {
    if (weight < 1) continue;
    for (const concept of findConcepts(name)) {
      const asked = concept.heads.has(name) ? settings.conceptHead : settings.conceptMember;
      weights.set(concept, Math.max(weights.get(concept) ?? 0, asked));
    }
  }
  return [...weights]
    .sort(([, first], [, second]) => second - first)
    .slice(0, maxConcepts)
    .map(([{ terms }, weight]) => ({ name: terms[0] ?? "", kind: "concept", terms, weight }));
}

/** Terms to search a store for. Search each kind separately: a common related word must not displace a word of the query. */
export interface SearchTerms {
  /** The query's own terms. */
  readonly words: readonly string[];
  /** Terms of the concepts that the query selects. */
  readonly related: readonly string[];
  /** Days and months that the query names, as `listDateWords` writes them; found if they were indexed with the terms. */
  readonly dates: readonly string[];
}

/** A named time of more days is searched by its months. */
const maxDays = 31;

/** Returns the terms to search a store for. The ranker needs statistics for the words and the related words. */
export function chooseSearchTerms(query: RecallQuery, context: DateContext = {}): SearchTerms {
  const text = query.text.slice(0, maxQueryCharacters);
  const words = [...new Set(extractTerms(text))].slice(0, maxWords);
  const related = new Set(words.flatMap((word) => findConcepts(word).flatMap((concept) => concept.terms)));
  const dates = findDateRanges(text, { ...context, now: query.now }).flatMap((range) =>
    listDaysOrMonths(range),
  );
  return { words, related: [...related].filter((term) => !words.includes(term)), dates: [...new Set(dates)] };
}

function listDaysOrMonths({ from, to }: DateRange): readonly string[] {
  const dayMs = 86_400_000;
  const days = Math.round((to - from) / dayMs);
  const length = days > maxDays ? "2023-05".length : "2023-05-07".length;
  // No named time is longer than a year.
  const times = Array.from({ length: Math.min(days, 366) }, (_, day) => new Date(from + day * dayMs));
  return [...new Set(times.map((time) => time.toISOString().slice(0, length)))];
}

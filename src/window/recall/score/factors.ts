import type { DateRange } from "../words/dates.ts";
import { computeLengthPenalty } from "./length-penalty.ts";
import type { ReadQuery } from "./query.ts";
import type { RecallIndex } from "../index/recall-index.ts";
import type { RankSettings } from "./settings.ts";

/** Factors of a passage's score for what is known apart from its words; 1 has no effect. */
export interface Factors {
  /** For a passage whose speaker the query names. */
  readonly speaker: number;
  /** For a passage near a date that the query names. */
  readonly date: number;
  /** For its role and form: assistant, ending with a question, words of time if the query asks when. */
  readonly form: number;
  /** For its length. */
  readonly length: number;
}

const dayMs = 86_400_000;

/** Returns the factors of one passage. */
export function computeFactors(
  index: RecallIndex,
  passage: number,
  query: ReadQuery,
  settings: RankSettings,
): Factors {
  const { documents, documentOf, passages, signals } = index.storage;
  const document = documents[documentOf[passage] ?? -1];
  const signal = signals[passage];
  const speaker = document?.speaker;
  let form = document?.role === "assistant" ? settings.assistant : 1;
  if (speaker !== undefined && signal?.asks === true) form *= settings.asking;
  if (query.asksWhen && signal?.timed === true) form *= settings.timed;
  return {
    speaker: speaker !== undefined && query.speakers.has(speaker) ? settings.speaker : 1,
    date: computeDateFactor(document?.time, query.dates, settings),
    form,
    length: 1 / computeLengthPenalty(passages[passage]?.tokens ?? 0, settings.penaltyTokens),
  };
}

/** Full inside a named range, less with each day outside: people talk about a day before and after it. */
function computeDateFactor(
  time: number | undefined,
  ranges: readonly DateRange[],
  settings: RankSettings,
): number {
  if (time === undefined) return 1;
  let nearness = 0;
  for (const { from, to } of ranges) {
    const distanceMs = Math.max(0, from - time, time - to);
    nearness = Math.max(nearness, Math.exp(-distanceMs / dayMs / settings.dateDecayDays));
  }
  return 1 + settings.date * nearness;
}

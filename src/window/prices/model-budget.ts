import type { ModelFacts } from "./model-facts.ts";

/** The budget of a window, and where it is from. */
export interface Budget {
  readonly budgetTokens: number;
  readonly answerTokens: number;
  /** `given`, or the model, its context window and the rule for the answer. */
  readonly source: string;
}

/** The answer's room where none is given: this share of the context window, at most this many tokens. */
const answerShare = 1 / 8;
const maxAnswerTokens = 32_000;

/**
 * Derives the budget from a model's context window: all of it, of which the answer keeps `answerTokens`, or an eighth, at most
 * 32,000 and at most the model's longest answer. Returns undefined if the context window is not known.
 */
export function deriveBudget(
  facts: ModelFacts | undefined,
  answerTokens: number | undefined,
): Budget | undefined {
  if (facts?.contextTokens === undefined) return undefined;
  const rule = Math.floor(
    Math.min(facts.contextTokens * answerShare, maxAnswerTokens, facts.maxOutputTokens ?? maxAnswerTokens),
  );
  const room = answerTokens ?? rule;
  const why = answerTokens === undefined ? "kept for the answer by the rule" : "kept for the answer as given";
  return {
    budgetTokens: facts.contextTokens,
    answerTokens: room,
    source: `${facts.model}: context window of ${facts.contextTokens} tokens (${facts.source}), ${room} ${why}`,
  };
}

/** Computes dollars from a cost in tokens of fresh input; undefined if the model's price is not known. */
export function computeUsd(tokens: number, facts: ModelFacts | undefined): number | undefined {
  return facts?.usd === undefined ? undefined : (tokens * facts.usd.input) / 1e6;
}

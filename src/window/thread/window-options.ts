import {
  requireInteger,
  requireKnownFields,
  requireNumber,
  requireOneOf,
  requireText,
} from "../../shared/options.ts";

/** How to make a window. */
export interface WindowOptions {
  /** The load line: tokens of everything that is sent and of the room for the answer. */
  readonly budgetTokens: number;
  /** Room kept for the answer, in tokens. Default 0. */
  readonly answerTokens?: number;
  /** The share of the free room that a forced edit leaves filled, 0.1 to 0.95. Default 0.4. */
  readonly lowWater?: number;
  /** Newest exchanges that always stay whole. Default 1. */
  readonly protectTail?: number;
  /** Share of the budget that a block of recalled entries may take in a new turn, 0 to 0.5. Default 0.1; 0 for none. */
  readonly recallShare?: number;
  /** Calls that are still expected on this thread. Default: as many as there have been. */
  readonly expectedTurns?: number;
  /** Whether the provider still holds the prefix. Default: by the time since the last answer and the prices' lifetime. */
  readonly cache?: "auto" | "warm" | "cold";
  /** When what must stay is over the budget alone: `error` (default) throws `budget-too-small`, `minimum` gives the smallest window there can be. */
  readonly overflow?: "error" | "minimum";
}

/** Options with every default filled in. */
export type CheckedWindowOptions = Required<
  Omit<WindowOptions, "budgetTokens" | "answerTokens" | "expectedTurns">
> & {
  /** The budget as the caller gave it, in real tokens: as the provider counts them. */
  readonly realBudgetTokens: number;
  readonly realAnswerTokens: number;
  readonly expectedTurns: number | undefined;
};

/** Checks the options once; everything behind relies on them. Errors: `invalid-option`. */
export function checkWindowOptions(options: WindowOptions): CheckedWindowOptions {
  requireKnownFields("window", options, [
    "budgetTokens",
    "answerTokens",
    "lowWater",
    "protectTail",
    "recallShare",
    "expectedTurns",
    "cache",
    "overflow",
  ]);
  const budgetTokens = requireInteger("budgetTokens", options.budgetTokens, 1);
  return {
    realBudgetTokens: budgetTokens,
    realAnswerTokens: requireInteger("answerTokens", options.answerTokens ?? 0, 0, budgetTokens),
    lowWater: requireNumber("lowWater", options.lowWater ?? 0.4, 0.1, 0.95),
    protectTail: requireInteger("protectTail", options.protectTail ?? 1, 1, 1_000),
    recallShare: requireNumber("recallShare", options.recallShare ?? 0.1, 0, 0.5),
    expectedTurns:
      options.expectedTurns === undefined
        ? undefined
        : requireInteger("expectedTurns", options.expectedTurns, 0),
    cache: requireOneOf("cache", options.cache ?? "auto", ["auto", "warm", "cold"]),
    overflow: requireOneOf("overflow", options.overflow ?? "error", ["error", "minimum"]),
  };
}

/** How to recall. */
export interface RecallOptions {
  /** Tokens that the recalled entries may take. */
  readonly budgetTokens: number;
  /** `thread` (default) searches this thread, `owner` all threads of its owner. */
  readonly scope?: "thread" | "owner";
  /** Words that led to the question, at a lower weight. */
  readonly context?: string;
}

/** Checks recall's options and query. Errors: `invalid-option`. */
export function checkRecall(
  query: unknown,
  options: RecallOptions,
): Required<Omit<RecallOptions, "context">> & {
  readonly query: string;
  readonly context: string | undefined;
} {
  requireKnownFields("recall", options, ["budgetTokens", "scope", "context"]);
  return {
    query: requireText("query", query, 100_000),
    budgetTokens: requireInteger("budgetTokens", options.budgetTokens, 0),
    scope: requireOneOf("scope", options.scope ?? "thread", ["thread", "owner"]),
    context: options.context === undefined ? undefined : requireText("context", options.context, 100_000),
  };
}

import { LoadlineError } from "../../shared/errors.ts";
import { deriveBudget } from "../prices/model-budget.ts";
import type { Budget } from "../prices/model-budget.ts";
import type { ModelFacts } from "../prices/model-facts.ts";
import {
  describeValue,
  requireInteger,
  requireKnownFields,
  requireNumber,
  requireOneOf,
  requireText,
} from "../../shared/options.ts";

/** Options of `Thread.window`. */
export interface WindowOptions {
  /**
   * The load line: maximum tokens of everything sent plus the room for the answer, as the provider counts. Default: the context
   * window of the memory's model, if it is known; a part of it is then kept for the answer.
   */
  readonly budgetTokens?: number;
  /** Room reserved for the answer, in tokens. Default 0, or an eighth of the context window if the budget is left out. */
  readonly answerTokens?: number;
  /** Share of the free room that stays filled after a forced edit, 0.1 to 0.95. Default 0.4. */
  readonly lowWater?: number;
  /** Number of newest exchanges that always stay unedited. Default 1. */
  readonly protectTail?: number;
  /** Number of newest pictures that stay as long as older ones can be cleared. Default 3. */
  readonly keepImages?: number;
  /** Maximum share of the budget for recalled entries in a new turn, 0 to 0.5. Default 0.1; 0 turns recall off. */
  readonly recallShare?: number;
  /** Number of calls still expected on this thread. Default: as many as before. */
  readonly expectedTurns?: number;
  /** Whether the provider still caches the prefix. Default `auto`: by the time since the last answer and the cache's lifetime. */
  readonly cache?: "auto" | "warm" | "cold";
  /**
   * What to do if the frame, the pins and the newest request alone exceed the budget: `error` (default) throws `budget-too-small`,
   * `minimum` returns the smallest window that still holds the newest exchange, its results as handles.
   */
  readonly overflow?: "error" | "minimum";
  /**
   * True for models whose chat template requires that user and assistant messages alternate (Mistral, Gemma): turns leave as a whole,
   * and neighbours of one role are sent as one message. Default false.
   */
  readonly alternate?: boolean;
}

/** Anthropic's computer-use demo keeps the newest 3 screenshots; the agents that follow it keep 2 to 3. */
const defaultKeepImages = 3;
/** No provider accepts more images in a call. */
const maxKeepImages = 10_000;
/** More exchanges than this would protect any real window entirely. */
const maxTailExchanges = 1_000;
/** Characters of a query or its context: longer texts are documents. */
const maxQueryLength = 100_000;

/** Options with every default filled in. */
export type CheckedWindowOptions = Required<
  Omit<WindowOptions, "budgetTokens" | "answerTokens" | "expectedTurns">
> & {
  /** The budget as given, in real tokens: as the provider counts. */
  readonly realBudgetTokens: number;
  readonly realAnswerTokens: number;
  /** Where the budget is from: `given`, or the model and the rule. */
  readonly budgetSource: string;
  readonly expectedTurns: number | undefined;
};

/** Returns the budget as given, or that of the model. Errors: `invalid-option` if neither is known. */
function chooseBudget(options: WindowOptions, model: ModelFacts | undefined): Budget {
  const { budgetTokens, answerTokens } = options;
  // A budget that was computed and is undefined is a fault of the caller, not one that was left out.
  if ("budgetTokens" in options) {
    const given = requireInteger("budgetTokens", budgetTokens, 1);
    return { budgetTokens: given, answerTokens: answerTokens ?? 0, source: "given" };
  }
  const derived = deriveBudget(model, answerTokens);
  if (derived !== undefined) return derived;
  throw new LoadlineError(
    "invalid-option",
    "budgetTokens is needed: the context window of the model is not known. Give budgetTokens, or open the memory with a known model or with its contextTokens in models",
    { details: { option: "budgetTokens" } },
  );
}

/** Checks the options and fills in defaults, by the facts of the memory's model. Errors: `invalid-option`. */
export function checkWindowOptions(
  options: WindowOptions,
  model: ModelFacts | undefined,
): CheckedWindowOptions {
  requireKnownFields("window", options, [
    "budgetTokens",
    "answerTokens",
    "lowWater",
    "protectTail",
    "keepImages",
    "recallShare",
    "expectedTurns",
    "cache",
    "overflow",
    "alternate",
  ]);
  const budget = chooseBudget(options, model);
  return {
    realBudgetTokens: budget.budgetTokens,
    realAnswerTokens: requireInteger("answerTokens", budget.answerTokens, 0, budget.budgetTokens),
    budgetSource: budget.source,
    lowWater: requireNumber("lowWater", options.lowWater ?? 0.4, 0.1, 0.95),
    protectTail: requireInteger("protectTail", options.protectTail ?? 1, 1, maxTailExchanges),
    keepImages: requireInteger("keepImages", options.keepImages ?? defaultKeepImages, 0, maxKeepImages),
    recallShare: requireNumber("recallShare", options.recallShare ?? 0.1, 0, 0.5),
    expectedTurns:
      options.expectedTurns === undefined
        ? undefined
        : requireInteger("expectedTurns", options.expectedTurns, 0),
    cache: requireOneOf("cache", options.cache ?? "auto", ["auto", "warm", "cold"]),
    overflow: requireOneOf("overflow", options.overflow ?? "error", ["error", "minimum"]),
    alternate: checkAlternate(options.alternate ?? false),
  };
}

function checkAlternate(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new LoadlineError("invalid-option", `alternate: got ${describeValue(value)}, allowed: true, false`);
}

/** Options of `Thread.recall`. */
export interface RecallOptions {
  /** Maximum tokens of the recalled entries. */
  readonly budgetTokens: number;
  /** `thread` (default) searches this thread, `owner` all threads of its owner. */
  readonly scope?: "thread" | "owner";
  /** Text that led to the query, at a lower weight. */
  readonly context?: string;
}

/** Checks recall's query and options. Errors: `invalid-option`. */
export function checkRecall(
  query: unknown,
  options: RecallOptions,
): Required<Omit<RecallOptions, "context">> & {
  readonly query: string;
  readonly context: string | undefined;
} {
  requireKnownFields("recall", options, ["budgetTokens", "scope", "context"]);
  return {
    query: requireText("query", query, maxQueryLength),
    budgetTokens: requireInteger("budgetTokens", options.budgetTokens, 0),
    scope: requireOneOf("scope", options.scope ?? "thread", ["thread", "owner"]),
    context:
      options.context === undefined ? undefined : requireText("context", options.context, maxQueryLength),
  };
}

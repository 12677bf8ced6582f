/** Recall of one question at each budget: the share of its evidence in the window, 0 to 1. */
export interface QuestionResult {
  readonly category: number;
  readonly shares: readonly number[];
}

/** Percentages by budget over a set of questions. */
export interface Summary {
  readonly questions: number;
  /** Mean share of the evidence, R@B. */
  readonly recall: Readonly<Record<string, number>>;
  /** Share of questions with all their evidence, All@B. */
  readonly all: Readonly<Record<string, number>>;
}

/** Summarizes results; percentages are rounded to a tenth, and empty without questions. */
export function summarize(results: readonly QuestionResult[], budgets: readonly number[]): Summary {
  const percent = (shareOf: (share: number) => number): Readonly<Record<string, number>> =>
    Object.fromEntries(
      results.length === 0
        ? []
        : budgets.map((budget, column) => {
            const sum = results.reduce((total, { shares }) => total + shareOf(shares[column] ?? 0), 0);
            return [budget, Math.round((1000 * sum) / results.length) / 10];
          }),
    );
  return {
    questions: results.length,
    recall: percent((share) => share),
    all: percent((share) => (share === 1 ? 1 : 0)),
  };
}

/** Work cut into steps: it may pause at each `yield`, or run in one piece. The result is the same. */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** Runs all steps in one piece and returns the result. */
export function finish<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

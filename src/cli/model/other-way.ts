import {
  findMaxBatch,
  findMaxContextTokens,
  findMaxSequences,
  findSmallestDevice,
} from "../../model/index.ts";
import type { PlanOptions, ModelDescription, Workload } from "../../model/index.ts";
import { whole } from "../../report/text/table.ts";

type Asked = string | Pick<Workload, "inputTokens" | "outputTokens" | "sequences">;

/** Answers to the questions the other way round, with measures that cost nothing. Undefined where nothing fits. */
export interface OtherWay {
  readonly longestContext: number | undefined;
  readonly mostSequences: number | undefined;
  readonly largestBatch: number | undefined;
  readonly smallestDevice: string | undefined;
}

/** What fits at most under the budget, one question at a time. */
export function otherWay(description: ModelDescription, workload: Asked, options: PlanOptions): OtherWay {
  const { budgetBytes: _budget, device: _device, ...rest } = options;
  return {
    longestContext: findMaxContextTokens(description, workload, options),
    mostSequences: findMaxSequences(description, workload, options),
    largestBatch: findMaxBatch(description, workload, options),
    smallestDevice: findSmallestDevice(description, workload, rest)?.name,
  };
}

/** The answers in one line. */
export function describeOtherWay(answers: OtherWay, engine: string): string {
  const count = (value: number | undefined, what: string): string =>
    value === undefined ? "" : `${whole(value)} ${what}`;
  const trains = engine === "pytorch";
  const said = [
    count(answers.longestContext, trains ? "tokens a sequence" : "tokens of context for each sequence"),
    count(answers.mostSequences, trains ? "sequences in a step" : "sequences at a time"),
    count(answers.largestBatch, trains ? "sequences of a device at a time" : "tokens of a micro-batch"),
  ].filter((part) => part !== "");
  const most =
    said.length === 0
      ? "with measures that cost nothing it does not fit at all"
      : `with measures that cost nothing, each alone, at most ${said.join(", ")}`;
  const least =
    answers.smallestDevice === undefined
      ? "no device of the table holds it so"
      : `the smallest device that holds it so: ${answers.smallestDevice}`;
  return `the other way round: ${most}; ${least}`;
}

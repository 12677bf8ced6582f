import { LoadlineError } from "../../../shared/errors.ts";
import { requireInteger, requireKnownFields } from "../../../shared/options.ts";

/** The requests to serve: tokens of input and output, and how many run at a time. */
export interface Workload {
  readonly name: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Sequences at a time. */
  readonly sequences: number;
  /** Where these numbers come from. */
  readonly reason: string;
}

/** A workload by name, or in your own numbers. */
export type WorkloadChoice = string | Pick<Workload, "inputTokens" | "outputTokens" | "sequences">;

/** Workloads by name. They are starting points: give your own numbers where you have measured them. */
export const workloads: readonly Workload[] = [
  {
    name: "chat",
    inputTokens: 6000,
    outputTokens: 1000,
    sequences: 4,
    reason: "a system prompt and some twenty turns, answers of a page, a few people at a time",
  },
  {
    name: "summarisation",
    inputTokens: 12_000,
    outputTokens: 500,
    sequences: 2,
    reason: "a report of 30 pages in, half a page out: almost only prompt",
  },
  {
    name: "translation",
    inputTokens: 1500,
    outputTokens: 1800,
    sequences: 8,
    reason: "a page at a time, an answer as long as the input, many pages at once",
  },
  {
    name: "sentiment",
    inputTokens: 400,
    outputTokens: 8,
    sequences: 32,
    reason: "a review and an instruction in, one word out, in large batches",
  },
  {
    name: "code-agent",
    inputTokens: 60_000,
    outputTokens: 4000,
    sequences: 1,
    reason: "one agent; files, tool results and diffs of a task stay in the window",
  },
  {
    name: "image-classification",
    inputTokens: 1600,
    outputTokens: 8,
    sequences: 16,
    reason: "one picture as about 1,500 tokens of a vision-language model, an instruction in, a label out",
  },
  {
    name: "image-generation",
    inputTokens: 128,
    outputTokens: 4096,
    sequences: 2,
    reason: "a short description in, 64 x 64 picture tokens out, one after another",
  },
  {
    name: "fine-tuning",
    inputTokens: 1536,
    outputTokens: 512,
    sequences: 16,
    reason: "conversations packed to 2,048 tokens; 16 of them in a training step",
  },
];

function findWorkload(name: string): Workload {
  const plain = name.toLowerCase().replaceAll(/[\s_]/gu, "-");
  const workload = workloads.find((each) => each.name === plain);
  if (workload !== undefined) return workload;
  throw new LoadlineError(
    "invalid-option",
    `workload: got ${JSON.stringify(name.slice(0, 40))}, allowed: ${workloads.map((each) => each.name).join(", ")}, or numbers`,
    { details: { option: "workload" } },
  );
}

/** Returns a workload by name, or checks one given in numbers. Errors: `invalid-option`. */
export function workloadOf(workload: WorkloadChoice): Workload {
  if (typeof workload === "string") return findWorkload(workload);
  requireKnownFields("workload", workload, ["name", "inputTokens", "outputTokens", "sequences", "reason"]);
  return {
    name: "own",
    inputTokens: requireInteger("workload.inputTokens", workload.inputTokens, 1, 2 ** 31),
    outputTokens: requireInteger("workload.outputTokens", workload.outputTokens, 0, 2 ** 31),
    sequences: requireInteger("workload.sequences", workload.sequences, 1, 100_000),
    reason: "as given",
  };
}

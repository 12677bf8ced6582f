import type { CompileOptions, LossName, OptimizerName } from "../../lab/index.ts";
import { LoadlineError } from "../../shared/errors.ts";
import { describeValue } from "../../shared/options.ts";
import { readByteCount, readFraction, readWhole } from "../read-numbers.ts";
import { jsonFlag, reportFile, trainingSeed, trainingThreads } from "../command/shared-arguments.ts";

interface WordArgument {
  readonly type: "string";
  readonly description: string;
  readonly valueHint: string;
}

type TrainingWord =
  | "batch"
  | "micro-batch"
  | "epochs"
  | "optimizer"
  | "learning-rate"
  | "seed"
  | "threads"
  | "recompute"
  | "budget"
  | "checkpoint"
  | "save"
  | "export"
  | "report";

/** Options that all training runs share. */
export const trainingArguments: Readonly<Record<TrainingWord, WordArgument>> & {
  readonly json: { readonly type: "boolean"; readonly description: string };
} = {
  batch: { type: "string", description: "samples of one update", valueHint: "N" },
  "micro-batch": {
    type: "string",
    description: "samples in memory at a time; gradients are accumulated (default: the batch)",
    valueHint: "N",
  },
  epochs: { type: "string", description: "passes over the data", valueHint: "N" },
  optimizer: {
    type: "string",
    description: "sgd, momentum, adam, adamw, lion or adafactor (default: adam)",
    valueHint: "NAME",
  },
  "learning-rate": { type: "string", description: "step size (default: by the optimizer)", valueHint: "X" },
  seed: trainingSeed,
  threads: trainingThreads,
  recompute: {
    type: "string",
    description: "keep only every Nth layer's output and compute the others again",
    valueHint: "N",
  },
  budget: {
    type: "string",
    description: "bytes the training run may use, such as 1MiB: measures are chosen to fit",
    valueHint: "BYTES",
  },
  checkpoint: {
    type: "string",
    description: "save checkpoints to this file, and continue from it if it exists",
    valueHint: "FILE",
  },
  save: { type: "string", description: "write the weights to this file (safetensors)", valueHint: "FILE" },
  export: {
    type: "string",
    description: "write the network in TensorFlow.js's layers format to this folder",
    valueHint: "FOLDER",
  },
  report: reportFile,
  json: jsonFlag,
};

/** Values that the shared options may have. */
export type TrainingWords = Readonly<Partial<Record<TrainingWord, string | undefined>>>;

/** The shared options as read. Undefined means the task's own default. */
export interface TrainingChoices {
  readonly compile: CompileOptions;
  readonly epochs: number | undefined;
  readonly learningRate: number | undefined;
  readonly seed: number;
  readonly budgetBytes: number | undefined;
}

const optimizers: readonly OptimizerName[] = ["sgd", "momentum", "adam", "adamw", "lion", "adafactor"];

const losses: Readonly<Record<string, LossName>> = {
  sparse_categorical_crossentropy: "sparseCategoricalCrossentropy",
  sparseCategoricalCrossentropy: "sparseCategoricalCrossentropy",
  mean_squared_error: "meanSquaredError",
  meanSquaredError: "meanSquaredError",
  mse: "meanSquaredError",
  binary_crossentropy: "binaryCrossentropy",
  binaryCrossentropy: "binaryCrossentropy",
};

function refuse(name: string, got: string | undefined, allowed: readonly string[]): never {
  throw new LoadlineError(
    "invalid-option",
    `--${name}: got ${describeValue(got)}, allowed: ${allowed.join(", ")}`,
    { details: { option: `--${name}` } },
  );
}

/** Reads the name of an optimizer. Errors: `invalid-option`. */
export function readOptimizerName(text: string): OptimizerName {
  return optimizers.find((name) => name === text) ?? refuse("optimizer", text, optimizers);
}

/** Reads the name of a loss, in the spelling of Keras or of the library. */
export function readLossName(text: string): LossName {
  return losses[text] ?? refuse("loss", text, Object.keys(losses));
}

function numberOf(name: keyof TrainingWords, words: TrainingWords, min = 1): number | undefined {
  return words[name] === undefined ? undefined : readWhole(name, words[name], min);
}

/** Reads the shared options. Errors: `invalid-option`. */
export function readTrainingChoices(words: TrainingWords): TrainingChoices {
  const learningRate =
    words["learning-rate"] === undefined
      ? undefined
      : readFraction("learning-rate", words["learning-rate"], 0, 1000);
  const name = words.optimizer === undefined ? undefined : readOptimizerName(words.optimizer);
  const batch = numberOf("batch", words);
  const microBatch = numberOf("micro-batch", words);
  const threads = numberOf("threads", words);
  const recompute = numberOf("recompute", words);
  if (words.budget !== undefined && (microBatch !== undefined || recompute !== undefined)) {
    const option = microBatch === undefined ? "--recompute" : "--micro-batch";
    throw new LoadlineError("invalid-option", `${option} is chosen by --budget: leave one of them out`, {
      details: { option },
    });
  }
  return {
    compile: {
      ...(name === undefined ? {} : { optimizer: name }),
      ...(batch === undefined ? {} : { batch }),
      ...(microBatch === undefined ? {} : { microBatch }),
      ...(threads === undefined ? {} : { threads }),
      ...(recompute === undefined ? {} : { recompute }),
    },
    epochs: numberOf("epochs", words, 0),
    learningRate,
    seed: numberOf("seed", words, 0) ?? 1,
    budgetBytes: words.budget === undefined ? undefined : readByteCount("budget", words.budget),
  };
}

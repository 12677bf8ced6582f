import type { ArgumentTable } from "../command/define-command.ts";
import type { AdapterOptions, CurrentTraining, ShardingOptions, TrainingOptions } from "../../model/index.ts";
import { LoadlineError } from "../../shared/errors.ts";
import { readByteCount, readContext, readSwitch, readWhole } from "../read-numbers.ts";
import { optional, textOf, type Given } from "./size-arguments.ts";

const text = (
  description: string,
  valueHint: string,
): { type: "string"; description: string; valueHint: string } => ({
  type: "string",
  description,
  valueHint,
});

/** How a training is set up; `loadline plan --train` takes them as what is in use now. */
export const trainingFlags: ArgumentTable = {
  train: { type: "boolean", description: "a step of training (PyTorch; TensorFlow.js for model.json)" },
  sequence: text("training: tokens of each sequence (default: the model's context, at most 4096)", "TOKENS"),
  accumulation: text("training: micro-steps before the optimizer's step (default: 1)", "N"),
  precision: text("training: fp32, amp-fp16, amp-bf16 (default) or bf16", "NAME"),
  optimizer: text(
    "training: adamw (default), adamw-8bit, sgd, momentum, lion, adafactor; model.json: adam, sgd, momentum, rmsprop, …",
    "NAME",
  ),
  "fused-optimizer": { type: "boolean", description: "training: the optimizer's fused kernel" },
  attention: text("training: flash (default) or eager", "NAME"),
  checkpointing: text("training: none (default), selective or full", "NAME"),
  "fused-loss": { type: "boolean", description: "training: output layer and loss in one kernel" },
  "optimizer-in-backward": { type: "boolean", description: "training: each gradient is used up at once" },
  adapter: text("training: lora or qlora", "NAME"),
  rank: text("training: the adapter's rank (default: 16)", "N"),
  targets: text(
    "training: layers with adapters: all (default), attention, feed-forward or queries-values",
    "NAME",
  ),
  sharding: text("training: ddp, zero-1, zero-2, zero-3 or fsdp", "NAME"),
  ranks: text("training: devices that share (default: 8 with --sharding)", "N"),
  reshard: text("training: off keeps gathered weights for the backward pass (fsdp; default: on)", "SWITCH"),
  "offload-optimizer": { type: "boolean", description: "training: states on the host (zero)" },
  "offload-parameters": { type: "boolean", description: "training: weights on the host too (zero-3, fsdp)" },
  bucket: text("training: bytes of a communication bucket (zero; default: 1GB)", "BYTES"),
};

const whole = (name: string, given: string | undefined): number => readWhole(name, given, 1);

/** A word in lower case; the library says which there are. */
const word = <Value extends string>(_: string, given: string | undefined): Value =>
  (given ?? "").toLowerCase() as Value;

function requireFlag(given: Given, names: readonly string[], needed: string): void {
  const name = names.find((each) => given[each] !== undefined && given[each] !== false);
  if (name === undefined) return;
  throw new LoadlineError("invalid-option", `--${name} requires --${needed}`, { details: { option: name } });
}

function adapterOf(given: Given): Pick<TrainingOptions, "adapter"> {
  const { kind } = optional(given, "adapter", "kind", word<AdapterOptions["kind"]>);
  if (kind === undefined) {
    requireFlag(given, ["rank", "targets"], "adapter");
    return {};
  }
  const rank = readWhole("rank", textOf(given, "rank") ?? "16", 1);
  const targets = optional(given, "targets", "targets", word<NonNullable<AdapterOptions["targets"]>>);
  return { adapter: { kind, rank, ...targets } };
}

function shardingOf(given: Given): Pick<TrainingOptions, "sharding"> {
  const { kind } = optional(given, "sharding", "kind", word<ShardingOptions["kind"]>);
  if (kind === undefined) {
    const dependent = ["ranks", "reshard", "bucket", "offload-optimizer", "offload-parameters"];
    requireFlag(given, dependent, "sharding");
    return {};
  }
  return {
    sharding: {
      kind,
      ranks: readWhole("ranks", textOf(given, "ranks") ?? "8", 1),
      ...optional(given, "reshard", "reshardAfterForward", readSwitch),
      ...(given["offload-optimizer"] === true ? { offloadOptimizer: true } : {}),
      ...(given["offload-parameters"] === true ? { offloadParameters: true } : {}),
      ...optional(given, "bucket", "bucketBytes", readByteCount),
    },
  };
}

/** Reads the settings of a training run that do not depend on its size. */
export function currentTraining(given: Given): CurrentTraining {
  return {
    ...optional(given, "precision", "precision", word<NonNullable<TrainingOptions["precision"]>>),
    ...optional(given, "optimizer", "optimizer", word<NonNullable<TrainingOptions["optimizer"]>>),
    ...optional(given, "attention", "attention", word<NonNullable<TrainingOptions["attention"]>>),
    ...optional(given, "checkpointing", "checkpointing", word<NonNullable<TrainingOptions["checkpointing"]>>),
    ...(given["fused-optimizer"] === true ? { fusedOptimizer: true } : {}),
    ...(given["fused-loss"] === true ? { fusedLoss: true } : {}),
    ...(given["optimizer-in-backward"] === true ? { optimizerInBackward: true } : {}),
    ...optional(given, "accumulation", "accumulationSteps", whole),
    ...adapterOf(given),
  };
}

/** Reads a training run from the command line. */
export function trainingOptions(given: Given): Partial<TrainingOptions> {
  return {
    ...optional(given, "batch", "batch", whole),
    ...optional(given, "sequence", "sequence", readContext),
    ...currentTraining(given),
    ...shardingOf(given),
  };
}

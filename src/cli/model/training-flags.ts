import type { ArgumentTable } from "../command/define-command.ts";
import type { AdapterOptions, CurrentTraining, ShardingOptions, TrainingOptions } from "../../model/index.ts";
import { LoadlineError } from "../../shared/errors.ts";
import { readByteCount, readContext, readSwitch, readWhole } from "../read-numbers.ts";
import { flag, optional, text, textOf } from "./size-arguments.ts";
import type { Given } from "./size-arguments.ts";

const group = "Training (--train)";

/** How a training run is set up; for `loadline plan --train` they are the settings in use now. */
export const trainingFlags: ArgumentTable = {
  train: flag("plan for a training step (PyTorch; TensorFlow.js for model.json)", { group }),
  sequence: text("tokens per sequence (default: the model's context, at most 4096)", "TOKENS", { group }),
  accumulation: text("micro-steps per optimizer step (default: 1)", "N", {
    group,
    aliases: ["--gradient-accumulation-steps"],
  }),
  precision: text("fp32, amp-fp16, amp-bf16 (default) or bf16", "NAME", { group }),
  optimizer: text(
    "adamw (default), adamw-8bit, sgd, momentum, lion, adafactor; model.json: adam, sgd, momentum, rmsprop, …",
    "NAME",
    { group },
  ),
  "fused-optimizer": flag("use the optimizer's fused kernel", { group }),
  attention: text("flash (default) or eager", "NAME", { group }),
  checkpointing: text("activation checkpointing: none (default), selective or full", "NAME", { group }),
  "fused-loss": flag("compute output layer and loss in one kernel", { group }),
  "optimizer-in-backward": flag("apply each gradient as soon as it is computed", { group }),
  adapter: text("lora or qlora", "NAME", { group }),
  rank: text("the adapter's rank (default: 16)", "N", { group }),
  targets: text("layers with adapters: all (default), attention, feed-forward or queries-values", "NAME", {
    group,
  }),
  sharding: text("ddp, zero-1, zero-2, zero-3 or fsdp", "NAME", { group }),
  ranks: text("devices that share the work (default: 8 with --sharding)", "N", { group }),
  reshard: text("fsdp: off keeps gathered weights for the backward pass (default: on)", "SWITCH", { group }),
  "offload-optimizer": flag("zero: keep optimizer states on the host", { group }),
  "offload-parameters": flag("zero-3, fsdp: keep weights on the host too", { group }),
  bucket: text("zero: bytes of a communication bucket (default: 1GB)", "BYTES", { group }),
};

const whole = (name: string, given: string | undefined): number => readWhole(name, given, 1);

/** Reads a name in lower case; the library checks it. */
const word = <Value extends string>(_: string, given: string | undefined): Value =>
  (given ?? "").toLowerCase() as Value;

/** Names of the options that describe a training run. */
export const trainingNames: readonly string[] = Object.keys(trainingFlags).filter((name) => name !== "train");

/** Refuses one of `names` where no training run is counted: it would change nothing. Errors: `invalid-option`. */
export function requireTrain(given: Given, names: readonly string[]): void {
  requireFlag(given, names, "train");
}

function requireFlag(given: Given, names: readonly string[], needed: string): void {
  const name = names.find((each) => given[each] !== undefined && given[each] !== false);
  if (name === undefined) return;
  throw new LoadlineError("invalid-option", `--${name} requires --${needed}`, {
    details: { option: `--${name}` },
  });
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

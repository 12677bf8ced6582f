import type { ArgumentTable } from "../command/define-command.ts";
import type {
  CurrentTraining,
  ShardingOptions,
  ModelDescription,
  TrainingOptions,
} from "../../model/index.ts";
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
export const trainingArguments: ArgumentTable = {
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

/** A word as it is typed; the ledger says what is allowed. */
function word<Value extends string>(
  given: Given,
  name: string,
  allowed: readonly Value[],
): Value | undefined {
  const value = textOf(given, name)?.toLowerCase();
  if (value === undefined || allowed.includes(value as Value)) return value as Value | undefined;
  throw new LoadlineError(
    "invalid-option",
    `--${name}: got ${JSON.stringify(value.slice(0, 40))}, allowed: ${allowed.join(", ")}`,
    { details: { option: name } },
  );
}

function adapterOf(given: Given): Pick<TrainingOptions, "adapter"> {
  const kind = word(given, "adapter", ["lora", "qlora"]);
  if (kind === undefined) return {};
  const targets = word(given, "targets", ["all", "attention", "feed-forward", "queries-values"]);
  const rank = readWhole("rank", textOf(given, "rank") ?? "16", 1);
  return { adapter: { kind, rank, ...(targets === undefined ? {} : { targets }) } };
}

function shardingOf(given: Given): { readonly sharding?: ShardingOptions } {
  const kind = word(given, "sharding", ["ddp", "zero-1", "zero-2", "zero-3", "fsdp"]);
  if (kind === undefined) {
    const alone = ["ranks", "reshard", "bucket"].find((name) => textOf(given, name) !== undefined);
    if (alone === undefined) return {};
    throw new LoadlineError("invalid-option", `--${alone}: allowed with --sharding alone`, {
      details: { option: alone },
    });
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

/** Settings of a training that do not depend on its size. */
export function currentTraining(given: Given): CurrentTraining {
  const precision = word(given, "precision", ["fp32", "amp-fp16", "amp-bf16", "bf16"]);
  const optimizer = word(given, "optimizer", ["adamw", "adamw-8bit", "sgd", "momentum", "lion", "adafactor"]);
  const attention = word(given, "attention", ["eager", "flash"]);
  const checkpointing = word(given, "checkpointing", ["none", "selective", "full"]);
  return {
    ...(precision === undefined ? {} : { precision }),
    ...(optimizer === undefined ? {} : { optimizer }),
    ...(attention === undefined ? {} : { attention }),
    ...(checkpointing === undefined ? {} : { checkpointing }),
    ...(given["fused-optimizer"] === true ? { fusedOptimizer: true } : {}),
    ...(given["fused-loss"] === true ? { fusedLoss: true } : {}),
    ...(given["optimizer-in-backward"] === true ? { optimizerInBackward: true } : {}),
    ...optional(given, "accumulation", "accumulationSteps", whole),
    ...adapterOf(given),
  };
}

/** Longest sequence that is taken where none is given: few train with more. */
const usualSequence = 4096;

/** The whole training from the command line. */
export function trainingOptions(given: Given, description: ModelDescription): TrainingOptions {
  return {
    batch: readWhole("batch", textOf(given, "batch") ?? "1", 1),
    sequence: Math.min(description.contextLength ?? usualSequence, usualSequence),
    ...optional(given, "sequence", "sequence", readContext),
    ...currentTraining(given),
    ...shardingOf(given),
  };
}

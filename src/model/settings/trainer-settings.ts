import { LoadlineError } from "../../shared/errors.ts";
import type { SettingsBlock } from "./settings-block.ts";
import { isZero } from "./training-setup.ts";
import type { TrainingSetup } from "./training-setup.ts";

/** `optim` by optimizer (transformers 5.23, `OptimizerNames`). */
const optimizerNames: Readonly<Record<NonNullable<TrainingSetup["optimizer"]>, string>> = {
  adamw: "adamw_torch_fused",
  "adamw-8bit": "adamw_bnb_8bit",
  sgd: "sgd",
  momentum: "sgd",
  lion: "lion_32bit",
  adafactor: "adafactor",
};

type Value = string | number | boolean;

function python(value: Value): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** Returns true where FSDP recomputes: the trainer's own recomputation must then be off, because both together are an error. */
export function doesFsdpRecompute(setup: TrainingSetup): boolean {
  return setup.sharding?.kind === "fsdp" && (setup.checkpointing ?? "none") !== "none";
}

function precisionOf(setup: TrainingSetup): NonNullable<TrainingSetup["precision"]> {
  return setup.precision ?? (setup.adapter === undefined ? "amp-bf16" : "bf16");
}

function optimizerName(setup: TrainingSetup): string {
  const optimizer = setup.optimizer ?? "adamw";
  return optimizer === "adamw" && setup.fusedOptimizer === false ? "adamw_torch" : optimizerNames[optimizer];
}

function requireNoContradiction(setup: TrainingSetup): void {
  if (setup.optimizerInBackward === true && (setup.accumulationSteps ?? 1) > 1) {
    throw new LoadlineError(
      "invalid-option",
      `accumulationSteps: got ${setup.accumulationSteps ?? 1} with the optimizer in the backward pass, allowed: 1 (gradients are freed before they can accumulate)`,
      { details: { option: "accumulationSteps" } },
    );
  }
}

/**
 * Returns the precision's arguments. The trainer's `bf16` is autocast, with which FSDP keeps f32 weights; plain bf16 is the
 * type that the model is loaded in and needs no argument. DeepSpeed has its own setting, and the trainer needs the same one.
 */
function precisionSettings(setup: TrainingSetup): readonly (readonly [string, Value])[] {
  const precision = precisionOf(setup);
  if (precision === "amp-fp16") return [["fp16", true]];
  return precision === "fp32" || (precision === "bf16" && !isZero(setup)) ? [] : [["bf16", true]];
}

/** Refuses combinations that do not work; each was tried, or read in the code that refuses it. */
function requireOptimizer(setup: TrainingSetup): void {
  const optimizer = setup.optimizer ?? "adamw";
  const kind = setup.sharding?.kind ?? "ddp";
  const refuse = (why: string, allowed: string): never => {
    throw new LoadlineError(
      "invalid-option",
      `optimizer: got ${optimizer} with ${why}, allowed: ${allowed}`,
      {
        details: { option: "optimizer" },
      },
    );
  };
  if (setup.sharding?.offloadOptimizer === true && (optimizer === "adamw-8bit" || optimizer === "adafactor"))
    refuse("its states on the host (DeepSpeed would use its own Adam)", "adamw, sgd, momentum, lion");
  if (optimizer === "adafactor" && kind !== "ddp")
    refuse(`${kind}, whose shards cannot be factored`, "adamw, adamw-8bit, sgd, momentum, lion");
  if ((optimizer === "adamw-8bit" || optimizer === "lion") && kind === "fsdp")
    refuse("fsdp, whose tensors bitsandbytes cannot read", "adamw, sgd, momentum");
}

function shardingSettings(setup: TrainingSetup): readonly (readonly [string, Value])[] {
  const { sharding } = setup;
  if (sharding === undefined || sharding.kind === "ddp") return [];
  if (sharding.kind === "fsdp")
    return [
      ["fsdp", true],
      ["fsdp_config", "fsdp.json"],
    ];
  return [["deepspeed", "deepspeed.json"]];
}

function notesOf(setup: TrainingSetup): readonly string[] {
  return [
    "use them as Trainer(model=model, args=arguments, train_dataset=...)",
    ...(setup.sequence === undefined
      ? []
      : [
          `sequences of ${setup.sequence} tokens are set in the tokenizer or the data (max_length), not here`,
        ]),
    ...(setup.sharding === undefined
      ? []
      : [
          `start the script on ${setup.sharding.ranks} device${setup.sharding.ranks === 1 ? "" : "s"}: torchrun --nproc_per_node ${setup.sharding.ranks} train.py`,
        ]),
    ...(setup.fusedLoss === true ? ["use_liger_kernel needs the package liger-kernel"] : []),
    ...(setup.optimizer === "adamw-8bit" || setup.optimizer === "lion"
      ? ["this optimizer needs the package bitsandbytes"]
      : []),
    ...((setup.checkpointing ?? "none") !== "none" && !doesFsdpRecompute(setup)
      ? ["newer releases name it activation_checkpointing; both names are read until transformers 6"]
      : []),
    ...(setup.checkpointing === "selective"
      ? ["the trainer recomputes full layers; it has no selective recomputation"]
      : []),
    ...(setup.optimizerInBackward === true
      ? ["the trainer has no optimizer in the backward pass; torchtune has"]
      : []),
    ...(precisionOf(setup).startsWith("amp") && setup.adapter === undefined
      ? ["mixed precision keeps f32 weights; with small batches plain bf16 takes less memory"]
      : []),
  ];
}

/**
 * Returns Hugging Face's `TrainingArguments` for a training run. Gradient checkpointing is left to FSDP where it shards,
 * because both together are an error. Errors: `invalid-option` for options that contradict each other.
 */
export function trainerSettings(setup: TrainingSetup): SettingsBlock {
  requireNoContradiction(setup);
  requireOptimizer(setup);
  const recomputed = (setup.checkpointing ?? "none") !== "none" && !doesFsdpRecompute(setup);
  const rows: readonly (readonly [string, Value])[] = [
    ["output_dir", "out"],
    ["per_device_train_batch_size", setup.batch],
    ["gradient_accumulation_steps", setup.accumulationSteps ?? 1],
    ...precisionSettings(setup),
    ["optim", optimizerName(setup)],
    ...(setup.optimizer === "momentum" ? [["optim_args", "momentum=0.9"] as const] : []),
    ["gradient_checkpointing", recomputed],
    ...(setup.fusedLoss === true ? [["use_liger_kernel", true] as const] : []),
    ...shardingSettings(setup),
  ];
  return {
    target: "Hugging Face TrainingArguments (transformers 5.23)",
    kind: "python",
    text: `from transformers import TrainingArguments\n\narguments = TrainingArguments(\n${rows.map(([name, value]) => `    ${name}=${python(value)},`).join("\n")}\n)`,
    notes: notesOf(setup),
  };
}

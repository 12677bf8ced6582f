import { LoadlineError } from "../../shared/errors.ts";
import type { SettingsBlock } from "./settings-block.ts";
import type { TrainingSetup } from "./training-setup.ts";

/** `optim` by optimizer (transformers 5.0, `OptimizerNames`). */
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

/** True where FSDP does the recomputation itself: the trainer's own then has to be off, both together are an error. */
export function recomputedByFsdp(setup: TrainingSetup): boolean {
  return setup.sharding?.kind === "fsdp" && (setup.checkpointing ?? "none") !== "none";
}

function optimizerName(setup: TrainingSetup): string {
  const optimizer = setup.optimizer ?? "adamw";
  return optimizer === "adamw" && setup.fusedOptimizer === false ? "adamw_torch" : optimizerNames[optimizer];
}

function requireNoContradiction(setup: TrainingSetup): void {
  if (setup.optimizerInBackward === true && (setup.accumulationSteps ?? 1) > 1) {
    throw new LoadlineError(
      "invalid-option",
      `accumulationSteps: got ${setup.accumulationSteps ?? 1} with the optimizer in the backward pass, allowed: 1 (gradients are gone before they could add up)`,
      { details: { option: "accumulationSteps" } },
    );
  }
}

function precisionArguments(setup: TrainingSetup): readonly (readonly [string, Value])[] {
  if (setup.precision === "amp-fp16") return [["fp16", true]];
  return setup.precision === "fp32" ? [] : [["bf16", true]];
}

function shardingArguments(setup: TrainingSetup): readonly (readonly [string, Value])[] {
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
    ...(setup.sequence === undefined
      ? []
      : [
          `sequences of ${setup.sequence} tokens: the tokenizer or the data cuts them (max_length), not these arguments`,
        ]),
    ...(setup.precision === "bf16"
      ? ["load the model with dtype=torch.bfloat16: no fp32 copy is kept then"]
      : []),
    ...(setup.attention === "flash"
      ? ['load the model with attn_implementation="flash_attention_2" or "sdpa"']
      : []),
    ...(setup.adapter === undefined
      ? []
      : [
          `wrap the model with peft.LoraConfig(r=${setup.adapter.rank}, target_modules="all-linear")${setup.adapter.kind === "qlora" ? " and load it with BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_use_double_quant=True)" : ""}`,
        ]),
    ...(setup.sharding === undefined || setup.sharding.ranks < 2
      ? []
      : [`start it on ${setup.sharding.ranks} devices: torchrun --nproc_per_node ${setup.sharding.ranks}`]),
    ...(setup.checkpointing === "selective"
      ? ["the trainer recomputes whole layers: selective is its nearest"]
      : []),
    ...(setup.optimizerInBackward === true
      ? ["the trainer has no optimizer in the backward pass: torchtune does"]
      : []),
    ...(setup.precision?.startsWith("amp") === true
      ? ["mixed precision keeps a second copy of the weights: with small batches plain bf16 takes less"]
      : []),
  ];
}

/**
 * Hugging Face's `TrainingArguments` for a training. Gradient checkpointing is left to FSDP where that shards (both together
 * raise an error). Throws `invalid-option` for what contradicts itself.
 */
export function trainingArguments(setup: TrainingSetup): SettingsBlock {
  requireNoContradiction(setup);
  const recomputed = (setup.checkpointing ?? "none") !== "none" && !recomputedByFsdp(setup);
  const rows: readonly (readonly [string, Value])[] = [
    ["output_dir", "out"],
    ["per_device_train_batch_size", setup.batch],
    ["gradient_accumulation_steps", setup.accumulationSteps ?? 1],
    ...precisionArguments(setup),
    ["optim", optimizerName(setup)],
    ...(setup.optimizer === "momentum" ? [["optim_args", "momentum=0.9"] as const] : []),
    ["gradient_checkpointing", recomputed],
    ...(setup.fusedLoss === true ? [["use_liger_kernel", true] as const] : []),
    ...shardingArguments(setup),
  ];
  return {
    target: "Hugging Face TrainingArguments (transformers 5)",
    kind: "python",
    text: `TrainingArguments(\n${rows.map(([name, value]) => `    ${name}=${python(value)},`).join("\n")}\n)`,
    notes: notesOf(setup),
  };
}

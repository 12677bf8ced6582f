import type { ModelDescription } from "../description/model-description.ts";
import type { ModelLoad } from "./model-load.ts";
import type { SettingsBlock } from "./settings-block.ts";
import { isZero } from "./training-setup.ts";
import type { TrainingSetup } from "./training-setup.ts";

/** Linear layers as `LoraConfig` names them, for Llama and models with the same names. */
const targetNames: Readonly<Record<NonNullable<NonNullable<TrainingSetup["adapter"]>["targets"]>, string>> = {
  all: '"all-linear"',
  attention: '["q_proj", "k_proj", "v_proj", "o_proj"]',
  "feed-forward": '["gate_proj", "up_proj", "down_proj"]',
  "queries-values": '["q_proj", "v_proj"]',
};

function isSharded(setup: TrainingSetup): boolean {
  return setup.sharding !== undefined && setup.sharding.kind !== "ddp";
}

/** Returns the type to load the weights in. transformers 5 uses the file's own by default, and f32 copies need f32. */
function typeToLoad(setup: TrainingSetup): string {
  const half = setup.precision === "amp-fp16" ? "torch.float16" : "torch.bfloat16";
  if (setup.precision === "fp32") return "torch.float32";
  // Frozen weights need no copy, and DeepSpeed makes its own
  if (setup.adapter !== undefined || isZero(setup)) return half;
  return setup.precision === "bf16" ? half : "torch.float32";
}

function quantization(setup: TrainingSetup): readonly string[] {
  if (setup.adapter?.kind !== "qlora") return [];
  const half = setup.precision === "amp-fp16" ? "torch.float16" : "torch.bfloat16";
  return [
    "    quantization_config=BitsAndBytesConfig(",
    "        load_in_4bit=True,",
    '        bnb_4bit_quant_type="nf4",',
    "        bnb_4bit_use_double_quant=True,",
    `        bnb_4bit_compute_dtype=${half},`,
    // Packed bytes cannot be sharded; stored as 16-bit numbers they can
    ...(isSharded(setup) ? [`        bnb_4bit_quant_storage=${half},`] : []),
    "    ),",
  ];
}

function headOf(description: ModelDescription): string {
  if (description.vocabularySize === undefined && description.known) return "AutoModelForImageClassification";
  return description.cacheless === true ? "AutoModelForMaskedLM" : "AutoModelForCausalLM";
}

function attentionOf(setup: TrainingSetup): string {
  if (setup.attention === "eager") return "eager";
  // FlashAttention has kernels only for 16 bits
  return setup.precision === "fp32" ? "sdpa" : "flash_attention_2";
}

/**
 * Returns the Python that loads the model for `TrainingArguments`: the type of its weights, its attention, 4 bits and
 * adapters. Names of transformers 5.23, PEFT 0.21 and bitsandbytes 0.50.
 */
export function fromPretrainedSettings(
  setup: TrainingSetup,
  description: ModelDescription,
  load: ModelLoad,
): SettingsBlock {
  const head = headOf(description);
  const { adapter } = setup;
  const qlora = adapter?.kind === "qlora";
  const task = head === "AutoModelForCausalLM" ? ', task_type="CAUSAL_LM"' : "";
  const text = [
    "import torch",
    `from transformers import ${head}${qlora ? ", BitsAndBytesConfig" : ""}`,
    ...(adapter === undefined ? [] : ["from peft import LoraConfig, get_peft_model"]),
    "",
    `model = ${head}.from_pretrained(`,
    ...load.words.map((word) => `    ${word},`),
    `    dtype=${typeToLoad(setup)},`,
    `    attn_implementation="${attentionOf(setup)}",`,
    ...quantization(setup),
    ")",
    ...(adapter === undefined
      ? []
      : [
          `model = get_peft_model(model, LoraConfig(r=${adapter.rank}, target_modules=${targetNames[adapter.targets ?? "all"]}${task}))`,
        ]),
  ];
  return {
    target: `the model (transformers 5.23${adapter === undefined ? "" : ", PEFT 0.21"}${qlora ? ", bitsandbytes 0.50" : ""})`,
    kind: "python",
    text: text.join("\n"),
    notes: [
      ...load.notes,
      ...(attentionOf(setup) === "flash_attention_2"
        ? ['"sdpa" needs no extra package, and holds as little where sequences need no mask']
        : []),
      ...(setup.sharding?.kind === "zero-3"
        ? ["create TrainingArguments first: each device then loads only its share"]
        : []),
    ],
  };
}

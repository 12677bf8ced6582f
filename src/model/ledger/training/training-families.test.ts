import { describe, expect, it } from "vitest";
import { describeConfig } from "../../description/config/describe-config.ts";
import type { ModelDescription } from "../../description/model-description.ts";
import type { ByteItem } from "../byte-ledger.ts";
import { activationsOfLayer } from "./tensors/layer-activations.ts";
import { sumBytes } from "./tensors/saved-tensor.ts";
import { trainingLedger } from "./training-ledger.ts";
import { checkTraining } from "./training-options.ts";
import type { TrainingOptions } from "./training-options.ts";
import { trainingStep } from "./step/training-step.ts";

const shape = {
  torch_dtype: "bfloat16",
  vocab_size: 613,
  hidden_size: 80,
  intermediate_size: 176,
  num_attention_heads: 5,
  num_key_value_heads: 1,
  num_hidden_layers: 2,
};

function descriptionOf(settings: Readonly<Record<string, unknown>>): ModelDescription {
  return describeConfig("small", { ...shape, ...settings });
}

function activations(
  description: ModelDescription,
  options: Partial<TrainingOptions> = {},
): readonly ByteItem[] {
  const run = { batch: 3, sequence: 77, precision: "bf16", attention: "eager", backend: "cpu" } as const;
  return trainingLedger(description, { ...run, ...options }).items.filter(
    ({ kind, phase, label }) => kind === "activations" && phase === "forward" && label.includes(" layers"),
  );
}

function confidences(
  description: ModelDescription,
  options: Partial<TrainingOptions> = {},
): readonly string[] {
  return [
    ...new Set(
      activations(description, options)
        .filter(({ label }) => label !== "around the layers")
        .map(({ confidence }) => confidence),
    ),
  ];
}

describe("the confidence of a family's layers", () => {
  it("is exact only where they were compared, and names the layers used where not", () => {
    expect(confidences(descriptionOf({ model_type: "llama" }))).toEqual(["exact"]);
    // Families that GGUF calls llama or deepseek2 too, and one that nobody knows
    for (const name of ["helium", "minimax_m2", "abacus"]) {
      const items = activations(
        descriptionOf({ model_type: name, num_local_experts: 4, num_experts_per_tok: 2 }),
      );
      expect(items.every(({ confidence }) => confidence !== "exact")).toBe(true);
      expect(items.some(({ note }) => note?.includes("counted as Llama's") === true)).toBe(true);
    }
  });

  it("is not exact where settings or the format leave something open", () => {
    expect(confidences(descriptionOf({ model_type: "llama", hidden_act: "xielu" }))).toEqual(["derived"]);
    const routers = { model_type: "mixtral", num_local_experts: 4, num_experts_per_tok: 2 };
    expect(confidences(descriptionOf(routers))).toEqual(["exact"]);
    expect(confidences(descriptionOf({ ...routers, output_router_logits: true }))).toEqual(["derived"]);
    expect(confidences({ ...descriptionOf({ model_type: "llama" }), format: "gguf" })).toEqual(["derived"]);
    // A window needs a mask on the processor; flash attention on a card was not run
    const windowed = descriptionOf({ model_type: "mistral", sliding_window: 16 });
    expect(confidences(windowed, { attention: "flash" })).toEqual(["derived"]);
    expect(confidences(windowed)).toEqual(["exact"]);
    expect(
      confidences(descriptionOf({ model_type: "llama" }), { attention: "flash", backend: "cuda" }),
    ).toEqual(["derived"]);
  });
});

describe("adapters", () => {
  const train = (
    settings: Readonly<Record<string, unknown>>,
    adapter: TrainingOptions["adapter"],
  ): number => {
    const checked = checkTraining({ batch: 1, sequence: 8, ...(adapter === undefined ? {} : { adapter }) });
    const { parameters } = trainingStep(descriptionOf(settings), checked);
    return (parameters?.adapters ?? []).reduce((sum, each) => sum + each, 0);
  };

  it("have the elements that PEFT 0.21 counts", () => {
    const llama = { model_type: "llama", head_dim: 24 };
    // Two layers, rank 4: (80 + 120) + 2 x (80 + 24) + (120 + 80) for the attention, 3 x (80 + 176) for the rest
    const attention = 2 * 4 * (200 + 208 + 200);
    expect(train(llama, { kind: "lora", rank: 4 })).toBe(attention + 2 * 4 * 3 * 256);
    expect(train(llama, { kind: "lora", rank: 4, targets: "attention" })).toBe(attention);
    expect(train(llama, { kind: "lora", rank: 4, targets: "queries-values" })).toBe(2 * 4 * (200 + 104));
    // Experts and router too: as PEFT's own count of this model
    const mixtral = { model_type: "mixtral", num_local_experts: 5, num_experts_per_tok: 2 };
    expect(train(mixtral, { kind: "lora", rank: 4 })).toBe(49_576);
  });

  it("keep a full copy of the experts in every layer", () => {
    const description = descriptionOf({
      model_type: "mixtral",
      num_local_experts: 5,
      num_experts_per_tok: 2,
    });
    const keep = (targets: "all" | "attention"): number =>
      sumBytes(
        activationsOfLayer(description, 1, {
          batch: 1,
          sequence: 1,
          adapter: { kind: "lora", rank: 4, targets },
        }) ?? [],
      );
    // 5 experts x 3 matrices of 80 x 176 in two bytes
    expect(keep("all") - keep("attention")).toBeGreaterThan(5 * 3 * 80 * 176 * 2);
  });

  it("leave experts and embedding in 16 bits where linear layers have 4", () => {
    const description = descriptionOf({
      model_type: "mixtral",
      num_local_experts: 5,
      num_experts_per_tok: 2,
    });
    const ledger = trainingLedger(description, {
      batch: 1,
      sequence: 8,
      adapter: { kind: "qlora", rank: 4 },
    });
    const frozen = ledger.items.find(({ label }) => label.startsWith("frozen weights"));
    // Two layers of queries and output 80 x 80, keys and values 80 x 16, router 80 x 5, two norms of 80, and the last norm
    const linear = 2 * (2 * 6400 + 2 * 1280 + 400 + 160) + 80;
    const sixteen = (2 * 5 * 3 * 80 * 176 + 2 * 613 * 80) * 2;
    expect(frozen?.bytes).toBe(Math.round(linear * (4.127 / 8) + sixteen));
    const matrix = ledger.items.find(({ label }) => label.startsWith("largest matrix"));
    // Queries or output, since experts are not in 4 bits
    expect(matrix?.bytes).toBe(2 * 80 * 80);
  });
});

it("selective recomputation keeps queries, keys and values of their own heads", () => {
  // Measured with torch.utils.checkpoint around the attention of transformers' Llama, by saved-tensor hooks
  const countKeptBytes = (
    settings: Readonly<Record<string, unknown>>,
    precision: "bf16" | "amp-bf16",
  ): number => {
    const run = { batch: 3, sequence: 77, precision, attention: "eager", backend: "cpu" } as const;
    const description = descriptionOf({ model_type: "llama", ...settings });
    const step = trainingStep(description, checkTraining({ ...run, checkpointing: "selective" }));
    return step.layers[1]?.keptBytes ?? 0;
  };
  expect(countKeptBytes({ head_dim: 24 }, "bf16")).toBe(755_832);
  expect(countKeptBytes({ head_dim: 24 }, "amp-bf16")).toBe(1_137_720);
  expect(countKeptBytes({ num_key_value_heads: 5 }, "bf16")).toBe(770_616);
  expect(countKeptBytes({ num_key_value_heads: 5 }, "amp-bf16")).toBe(1_165_016);
});

it("Adafactor's factors and temporaries are those of transformers, to the byte", () => {
  const description = descriptionOf({ model_type: "llama", tie_word_embeddings: false });
  const items = trainingLedger(description, {
    batch: 1,
    sequence: 8,
    precision: "fp32",
    optimizer: "adafactor",
    backend: "cpu",
  }).items;
  const bytesOf = (label: string): number | undefined => items.find((item) => item.label === label)?.bytes;
  // Rows and columns: embedding and output 693 each; by layer 4 of 160, 96, 96, 160 and 3 of 256; norms 5 x 80 whole
  expect(bytesOf("rows and columns of adafactor")).toBe(
    4 * (2 * 693 + 2 * (160 + 96 + 96 + 160 + 768) + 400),
  );
  expect(bytesOf("temporaries of adafactor")).toBe(8 * 613 * 80);
});

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { plan } from "../plan/plan.ts";
import type { PlanOptions } from "../plan/request/plan-options.ts";
import { describeConfig } from "../description/config/describe-config.ts";
import type { ModelDescription } from "../description/model-description.ts";
import { unknownDeepSpeedNames } from "./deepspeed.ts";
import { llamaServerSettings } from "./llama-server.ts";
import { settingsOf } from "./settings-of.ts";
import type { SettingsBlock } from "./settings-block.ts";
import { trainerSettings } from "./trainer-settings.ts";
import { GiB } from "../../shared/units.ts";

/** What the engines read, read from them (`bench/peers/settings_names.py`). */
interface Known {
  readonly llamaServer: {
    readonly release: string;
    readonly flags: readonly string[];
    readonly values: Readonly<Record<string, readonly string[]>>;
  };
  readonly transformers: {
    readonly arguments: readonly string[];
    readonly optim: readonly string[];
    readonly fsdpConfig: readonly string[];
    readonly bitsAndBytes: readonly string[];
  };
  readonly accelerate: {
    readonly autoWrapPolicies: readonly string[];
    readonly stateDictTypes: readonly string[];
  };
  readonly peft: { readonly lora: readonly string[] };
  readonly deepSpeed: { readonly names: Readonly<Record<string, readonly string[]>> };
}
const known = JSON.parse(
  readFileSync(new URL("../../../test/fixtures/settings.json", import.meta.url), "utf8"),
) as Known;

const llama: ModelDescription = describeConfig("llama", {
  model_type: "llama",
  torch_dtype: "bfloat16",
  hidden_size: 2048,
  intermediate_size: 8192,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  num_hidden_layers: 16,
  vocab_size: 128_256,
  max_position_embeddings: 131_072,
  tie_word_embeddings: true,
});
const experts: ModelDescription = describeConfig("experts", {
  model_type: "mixtral",
  torch_dtype: "bfloat16",
  hidden_size: 1024,
  intermediate_size: 3584,
  num_attention_heads: 16,
  num_key_value_heads: 4,
  num_hidden_layers: 12,
  num_local_experts: 8,
  num_experts_per_tok: 2,
  vocab_size: 32_000,
});

function blocksOf(
  description: ModelDescription,
  workload: string,
  budgets: readonly number[],
  options: PlanOptions,
): readonly SettingsBlock[] {
  return budgets.flatMap((budget) =>
    plan(description, workload, { ...options, budgetBytes: budget * GiB }).plans.flatMap(({ settings }) =>
      settingsOf(description, settings, "m"),
    ),
  );
}

/** Flags of a command with their values. */
function flagsOf({ text }: SettingsBlock): readonly (readonly string[])[] {
  return text
    .split(/ \\\n\s+/u)
    .slice(1)
    .map((line) => line.split(" "));
}

/** Arguments of a call in Python, one on each line. */
function argumentsOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(/^\s+(\w+)=(.+),$/gmu)].map(([, name, value]) => [name ?? "", value ?? ""]),
  );
}

describe("llama-server", () => {
  test("knows every flag of many plans, and every value of the flags that list theirs", () => {
    const current = { flashAttention: false, fullWindows: true };
    const blocks = [
      ...blocksOf(llama, "chat", [1, 3], { engine: "llama.cpp" }),
      ...blocksOf(llama, "code-agent", [2], { engine: "llama.cpp", devices: 2, current }),
      ...blocksOf(experts, "chat", [1], { engine: "llama.cpp" }),
      ...blocksOf(llama, "sentiment", [2], { engine: "llama.cpp", devices: 0 }),
      llamaServerSettings({ model: "m", layers: 17, options: { held: true, keyType: "q4_1" } }),
    ];
    expect(blocks.length).toBeGreaterThan(10);
    for (const block of blocks) {
      expect(block.target).toContain(known.llamaServer.release);
      const flags = flagsOf(block);
      for (const [flag, value] of flags) {
        expect(known.llamaServer.flags).toContain(flag);
        const values = known.llamaServer.values[flag ?? ""];
        if (values !== undefined) expect(values).toContain(value);
      }
      const of = (name: string) => flags.find(([flag]) => flag === name)?.[1];
      // Quantized values need flash attention; all layers are placed, so -ngl goes with -ts and -ncmoe
      if (of("-ctv") !== undefined) expect(of("-fa")).toBe("on");
      expect(of("-ngl")).toMatch(/^\d+$/u);
    }
  });
});

describe("training runs", () => {
  const blocks: SettingsBlock[][] = [];
  // Every optimizer and precision that may be in use, on one device and on four
  const inUse = [
    {},
    { optimizer: "lion" },
    { optimizer: "momentum", precision: "amp-fp16" },
    { optimizer: "adafactor" },
    { precision: "fp32", attention: "eager", checkpointing: "selective" },
  ] as const;
  const ofKind = (kind: SettingsBlock["kind"], target: string): readonly SettingsBlock[] =>
    blocks.flat().filter((block) => block.kind === kind && block.target.includes(target));

  beforeAll(() => {
    for (const training of inUse)
      for (const [budget, devices] of [
        [4, 1],
        [12, 1],
        [7, 4],
        [20, 4],
      ] as const)
        for (const { settings } of plan(llama, "fine-tuning", {
          engine: "pytorch",
          budgetBytes: budget * GiB,
          devices,
          training,
        }).plans)
          blocks.push([...settingsOf(llama, settings, "m")]);
  });

  test("use fields and optimizers that TrainingArguments has", () => {
    const calls = ofKind("python", "TrainingArguments");
    expect(calls.length).toBeGreaterThan(20);
    for (const { text } of calls) {
      const given = argumentsOf(text);
      for (const name of given.keys()) expect(known.transformers.arguments).toContain(name);
      expect(known.transformers.optim).toContain(JSON.parse(given.get("optim") ?? "") as string);
    }
  });

  test("use names and values that FSDP has, and set recomputation once", () => {
    const files = ofKind("json", "FSDP");
    expect(files.length).toBeGreaterThan(0);
    for (const { text } of files) {
      const config = JSON.parse(text) as Readonly<Record<string, unknown>>;
      for (const name of Object.keys(config)) expect(known.transformers.fsdpConfig).toContain(name);
      expect(known.accelerate.autoWrapPolicies).toContain(config["auto_wrap_policy"]);
      expect(known.accelerate.stateDictTypes).toContain(config["state_dict_type"]);
    }
    for (const set of blocks) {
      if (!set.some(({ target }) => target.includes("FSDP"))) continue;
      const given = argumentsOf(set[0]?.text ?? "");
      expect(given.get("gradient_checkpointing")).toBe("False");
      expect(given.get("optim")).not.toMatch(/8bit|lion|adafactor/u);
      // `bf16` of the trainer would make accelerate hold f32 weights again
      if (
        set.at(-1)?.text.includes("dtype=torch.bfloat16") === true &&
        !set.at(-1)?.text.includes("LoraConfig")
      )
        expect(given.has("bf16")).toBe(false);
    }
  });

  test("use names that DeepSpeed has, the trainer's batch, and an optimizer that the host can run", () => {
    const files = ofKind("json", "DeepSpeed");
    expect(files.length).toBeGreaterThan(2);
    const inNames = (config: object, part: string): void => {
      for (const [name, value] of Object.entries(config)) {
        expect(known.deepSpeed.names[part]).toContain(name);
        if (typeof value === "object" && value !== null) inNames(value, name);
      }
    };
    for (const set of blocks) {
      const file = set.find(({ target }) => target.includes("DeepSpeed"));
      if (file === undefined) continue;
      const config = JSON.parse(file.text) as {
        readonly train_micro_batch_size_per_gpu: number;
        readonly gradient_accumulation_steps: number;
        readonly zero_optimization: { readonly offload_optimizer?: object };
      };
      inNames(config, "");
      expect(unknownDeepSpeedNames(JSON.parse(file.text))).toEqual([]);
      const given = argumentsOf(set[0]?.text ?? "");
      expect(given.get("per_device_train_batch_size")).toBe(String(config.train_micro_batch_size_per_gpu));
      expect(given.get("gradient_accumulation_steps")).toBe(String(config.gradient_accumulation_steps));
      expect(given.get("optim")).not.toContain("adafactor");
      if (config.zero_optimization.offload_optimizer !== undefined)
        expect(given.get("optim")).not.toMatch(/8bit/u);
    }
  });

  test("load the model by names that bitsandbytes and PEFT have", () => {
    const texts = ofKind("python", "the model").map(({ text }) => text);
    expect(texts.some((text) => text.includes("LoraConfig"))).toBe(true);
    for (const text of texts) {
      for (const name of argumentsOf(text).keys()) {
        if (name.startsWith("bnb_") || name.startsWith("load_in"))
          expect(known.transformers.bitsAndBytes).toContain(name);
      }
      const lora = /LoraConfig\((.*?)\)/u.exec(text)?.[1] ?? "";
      for (const [, name] of lora.matchAll(/(\w+)=/gu)) expect(known.peft.lora).toContain(name);
    }
  });

  test("refuse combinations that do not work, by name", () => {
    const offload = { kind: "zero-2", ranks: 1, offloadOptimizer: true } as const;
    const refused = [
      [
        { batch: 1, optimizer: "adamw-8bit", sharding: offload },
        /optimizer: got adamw-8bit with its states/u,
      ],
      [
        { batch: 1, optimizer: "adafactor", sharding: { kind: "zero-3", ranks: 4 } },
        /whose shards cannot be factored/u,
      ],
      [
        { batch: 1, optimizer: "lion", sharding: { kind: "fsdp", ranks: 4 } },
        /allowed: adamw, sgd, momentum/u,
      ],
    ] as const;
    for (const [setup, message] of refused) expect(() => trainerSettings(setup)).toThrow(message);
  });
});

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { LayerDescription } from "../model-description.ts";
import { describeConfig } from "./describe-config.ts";

/** What transformers makes of each kind of model: bench/peers/transformers_models.py. */
interface Made {
  readonly kind: string;
  readonly made: string;
  readonly given: Readonly<Record<string, unknown>>;
  readonly parameters: number;
  readonly layers?: readonly string[];
}

const file = new URL("../../../../test/fixtures/transformers-models.json", import.meta.url);
const { transformers, models }: { readonly transformers: string; readonly models: readonly Made[] } =
  JSON.parse(readFileSync(file, "utf8"));

const descriptionOf = ({ kind, made, given }: Made): ReturnType<typeof describeConfig> =>
  describeConfig("config.json", {
    model_type: kind,
    architectures: [made],
    transformers_version: transformers,
    ...given,
  });

/** Describes a layer in the fixture's words. */
function wordsOf(layer: LayerDescription): string {
  const { attention, recurrent } = layer;
  const words: string[] = [];
  if (attention !== undefined && attention.sharesCacheOf === undefined) {
    const { keyValueHeads, keyWidth, valueWidth, window } = attention;
    const widths = `${keyValueHeads * keyWidth}/${keyValueHeads * valueWidth}`;
    words.push(window === undefined ? widths : `${widths}/${window}`);
  }
  if (recurrent !== undefined) words.push(`state ${recurrent.stateElements}`);
  return words.join(" and ") || "nothing";
}

/** Expands runs of equal layers to one entry per layer. */
const spread = (runs: readonly string[]): readonly string[] =>
  runs.flatMap((run) => {
    const [times, fact = ""] = run.split(" x ");
    return Array.from({ length: Number(times) }, () => fact);
  });

const kinds = [...new Set(models.map(({ kind }) => kind))];
const descriptions = new Map<Made, ReturnType<typeof describeConfig>>();
for (const model of models) {
  try {
    descriptions.set(model, descriptionOf(model));
  } catch {
    // A refused config.json gives no wrong number.
  }
}

describe(`models built by transformers ${transformers}`, () => {
  test("have equal or unknown parameters, never another number", () => {
    const wrong = models.flatMap((model) => {
      const description = descriptions.get(model);
      const isWhole = description?.unknown.every((part) => !part.startsWith("the parameters of ")) === true;
      return description === undefined ||
        description.parameters === undefined ||
        !isWhole ||
        description.parameters === model.parameters
        ? []
        : [
            `${model.kind} ${JSON.stringify(model.given)}: ${description.parameters}, ${model.parameters} in transformers`,
          ];
    });
    expect(wrong).toEqual([]);
  });

  test("keep in their layers what a forward pass leaves in the cache", () => {
    const wrong = models.flatMap((model) => {
      const description = descriptions.get(model);
      if (
        model.layers === undefined ||
        description === undefined ||
        !description.known ||
        description.cacheless === true
      )
        return [];
      const main = description.layers.filter((layer) => layer.prediction !== true);
      // The library caches latent attention unfolded; a layer without a cache of its own may have no entry.
      if (main.some(({ attention }) => attention?.latent !== undefined)) return [];
      const read = spread(model.layers);
      // MiniMax 01 keeps its states elsewhere; for Falcon's newer layout the library, unlike engines, repeats the keys of each head.
      if (model.kind === "minimax" || model.given["new_decoder_architecture"] === true) return [];
      const own = read.length === main.length ? main : main.filter((layer) => wordsOf(layer) !== "nothing");
      const got = own.map(wordsOf);
      return read.length !== got.length || read.some((each, index) => each !== got[index])
        ? [`${model.kind}: ${got.join(", ")}; ${read.join(", ")} in transformers`]
        : [];
    });
    expect(wrong).toEqual([]);
  });

  test("say so if they are not counted", () => {
    const counted = new Set(
      kinds.filter((kind) =>
        models.every((model) => model.kind !== kind || descriptions.get(model)?.parameters !== undefined),
      ),
    );
    for (const [model, description] of descriptions)
      if (description.parameters === undefined)
        expect(description.unknown.join(), model.kind).toContain("parameters");
    const popular =
      "llama mistral mixtral qwen2 qwen2_moe qwen3 qwen3_moe qwen3_next qwen3_5_text gemma gemma2 gemma3_text gemma3n_text gemma4_text phi phi3 phimoe deepseek_v2 deepseek_v3 deepseek_v32 glm4 glm4_moe glm_moe_dsa gpt_oss cohere cohere2 olmo olmo2 olmo3 olmoe falcon falcon_h1 granite granitemoe granitemoehybrid jamba bamba mamba mamba2 rwkv nemotron nemotron_h lfm2 lfm2_moe smollm3 exaone4 ernie4_5 ernie4_5_moe hunyuan_v1_dense hunyuan_v1_moe minimax minimax_m2 kimi_linear dots1 seed_oss apertus gpt2 gpt_neox gptj bloom opt mpt bert roberta distilbert electra deberta deberta-v2 modernbert t5 bart whisper";
    expect(popular.split(" ").filter((kind) => !counted.has(kind))).toEqual([]);
    expect(counted.size).toBeGreaterThanOrEqual(125);
  });

  test("are not counted as complete if they are half of an encoder-decoder, or a classifier", () => {
    for (const made of ["BartForCausalLM", "BartForSequenceClassification"]) {
      const description = describeConfig("config.json", { model_type: "bart", architectures: [made] });
      expect(description.parameters).toBeUndefined();
      expect(description.unknown.join()).toContain("the number of parameters");
    }
  });
});

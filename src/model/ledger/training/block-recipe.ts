import { ownValue } from "../../../shared/own-value.ts";
import type { Spec } from "../../spec/spec.ts";

/**
 * What a norm keeps for its backward pass: `rms` (Llama's: the input as f32 and the scaled value in the stream's type),
 * `rms-float` (Gemma's: both f32, and 1 + weight), `rms-late` (OLMo 2's: both f32), `layer` (PyTorch's layer_norm: its
 * input and two statistics), `layer-float` (OLMo's: the same of an f32 copy), `centred` (Cohere's: three f32 copies).
 */
export type NormKind = "rms" | "rms-float" | "rms-late" | "layer" | "layer-float" | "centred";

/** What the layers of a family keep for the backward pass, as transformers writes them. */
export interface BlockRecipe {
  readonly norm: NormKind;
  /** The norm makes 1 + weight in every pass (Nemotron). */
  readonly unitWeight: boolean;
  /** Norms as wide as the embedding: before attention and feed-forward, and after them. */
  readonly normsBefore: number;
  readonly normsAfter: number;
  /** Attention and feed-forward read the same normed input. */
  readonly parallel: boolean;
  /** The norms before them read the same stream, which is kept once. */
  readonly sharedNormInput: boolean;
  readonly headNorms: "none" | "each" | "all";
  /** They come after the rotation, which autocast leaves in f32. */
  readonly normsRotated: boolean;
  readonly fusedProjection: boolean;
  /** Queries and keys are views of the fused projection: no rotation makes new ones. */
  readonly unrotated: boolean;
  /** Only a part of each head is rotated; the processor's attention then copies its result. */
  readonly partlyRotated: boolean;
  readonly gated: boolean;
  readonly fusedGate: boolean;
  /** Tensors that the activation function keeps: 1, 4 for GELU written out (gelu_new), 0 where it keeps its result (ReLU). */
  readonly activationCopies: number;
  /** The softmax is in the type of the scores; otherwise f32 and a copy in the type of the values. */
  readonly plainSoftmax: boolean;
  readonly softcap: boolean;
  /** A sink beside the scores of each head: one column more, and the softmax in their type. */
  readonly sinks: boolean;
  /** Experts with biases and a clamped gate, which keeps four tensors instead of one. */
  readonly biasedExperts: boolean;
  readonly attentionDropout: boolean;
  readonly residualDropout: boolean;
  readonly embeddingDropout: boolean;
  /** Pairs of sine and cosine tables that the layers share. */
  readonly rotations: number;
  /** Share of a head that each layer makes its own sines and cosines for; 0: none does. */
  readonly ownRotation: number;
  readonly floatRotation: boolean;
  /** How experts are chosen: softmax over all, softmax over the chosen ones, or by groups of experts (DeepSeek V3). */
  readonly routing: "softmax" | "choice-first" | "grouped";
  readonly groups: number;
  readonly usedGroups: number;
  /** Weights of the chosen experts are divided by their sum. */
  readonly dividesWeights: boolean;
  /** They are multiplied with the results as f32. */
  readonly floatWeights: boolean;
  /** Shared experts have a gate of one column. */
  readonly sharedGate: boolean;
  /** True where the layers were compared with PyTorch's saved tensors. */
  readonly compared: boolean;
}

const llama: BlockRecipe = {
  norm: "rms",
  unitWeight: false,
  normsBefore: 2,
  normsAfter: 0,
  parallel: false,
  sharedNormInput: false,
  headNorms: "none",
  normsRotated: false,
  fusedProjection: false,
  unrotated: false,
  partlyRotated: false,
  gated: true,
  fusedGate: false,
  activationCopies: 1,
  plainSoftmax: false,
  softcap: false,
  sinks: false,
  biasedExperts: false,
  attentionDropout: false,
  residualDropout: false,
  embeddingDropout: false,
  rotations: 1,
  ownRotation: 0,
  floatRotation: false,
  routing: "softmax",
  groups: 1,
  usedGroups: 1,
  dividesWeights: true,
  floatWeights: false,
  sharedGate: false,
  compared: true,
};
const classic: BlockRecipe = { ...llama, norm: "layer", gated: false };
const views: BlockRecipe = { ...classic, fusedProjection: true, unrotated: true };
const gemma: BlockRecipe = { ...llama, norm: "rms-float" };

/** By GGUF's name of the family, or config.json's where it has none (transformers 5, `models/…/modeling_….py`). */
const recipes: Readonly<Record<string, BlockRecipe>> = {
  llama: { ...llama, floatWeights: true },
  qwen2: llama,
  granite: llama,
  smollm3: llama,
  seed_oss: llama,
  qwen3: { ...llama, headNorms: "each" },
  hunyuan_v1_dense: { ...llama, headNorms: "each", normsRotated: true },
  arcee: { ...llama, gated: false },
  ernie4_5: { ...llama, ownRotation: 1, floatRotation: true },
  gemma,
  gemma2: { ...gemma, normsAfter: 2, softcap: true },
  gemma3: { ...gemma, normsAfter: 2, headNorms: "each", rotations: 2 },
  phi3: { ...llama, fusedProjection: true, fusedGate: true, partlyRotated: true },
  olmo: { ...llama, norm: "layer-float", floatRotation: true },
  olmo2: { ...llama, norm: "rms-late", normsBefore: 0, normsAfter: 2, headNorms: "all", floatRotation: true },
  glm: { ...llama, fusedGate: true, partlyRotated: true, ownRotation: 0.5 },
  glm4: { ...llama, normsAfter: 2, fusedGate: true, partlyRotated: true, ownRotation: 0.5 },
  "command-r": { ...llama, norm: "centred", normsBefore: 1, parallel: true },
  cohere2: { ...llama, norm: "centred", normsBefore: 1, parallel: true },
  gpt2: { ...views, plainSoftmax: true, rotations: 0 },
  starcoder: { ...views, rotations: 0 },
  bloom: { ...views, rotations: 0 },
  opt: { ...classic, rotations: 0 },
  bert: { ...classic, plainSoftmax: true, rotations: 0 },
  gptneox: { ...classic, sharedNormInput: true, fusedProjection: true, partlyRotated: true },
  starcoder2: classic,
  phi2: { ...classic, normsBefore: 1, parallel: true, partlyRotated: true },
  nemotron: { ...classic, unitWeight: true, partlyRotated: true },
  falcon: {
    ...classic,
    normsBefore: 1,
    parallel: true,
    fusedProjection: true,
    plainSoftmax: true,
    compared: false,
  },
  qwen3moe: { ...llama, headNorms: "each" },
  qwen2moe: { ...llama, sharedGate: true },
  "gpt-oss": {
    ...llama,
    norm: "rms-late",
    sinks: true,
    biasedExperts: true,
    routing: "choice-first",
    dividesWeights: false,
  },
  olmoe: { ...llama, headNorms: "all" },
  granitemoe: { ...llama, routing: "choice-first", dividesWeights: false },
  deepseek2: { ...llama, routing: "grouped", floatWeights: true },
  exaone4: { ...llama, normsBefore: 0, normsAfter: 2, headNorms: "each", compared: false },
};

function size(spec: Spec, name: string): number | undefined {
  const value = spec.settings[name];
  return typeof value === "number" ? value : undefined;
}

function positive(spec: Spec, ...names: readonly string[]): boolean | undefined {
  const given = names.map((name) => spec.settings[name]).filter((value) => typeof value === "number");
  return given.length === 0 ? undefined : given.some((value) => value > 0);
}

/** Families whose activation is gelu_new where config.json does not say. */
const writtenOut: ReadonlySet<string> = new Set(["gpt2", "phi2"]);

/** Families that drop out where config.json does not say otherwise. */
const usualDropout: ReadonlySet<string> = new Set(["gpt2", "seed_oss", "bert"]);

const embeddingDrops: ReadonlySet<string> = new Set(["gpt2", "starcoder"]);

/** Families that divide their experts' weights whatever config.json says. */
const alwaysDivided: ReadonlySet<string> = new Set(["llama", "deepseek2"]);

/** GELU written out keeps its powers and tanh; ReLU keeps its result alone. */
function copiesOf(spec: Spec): number {
  const name =
    spec.settings["hidden_act"] ?? spec.settings["hidden_activation"] ?? spec.settings["activation_function"];
  if (name === "gelu_new" || name === "gelu_fast") return 4;
  if (name === "relu") return 0;
  if (name === undefined && writtenOut.has(spec.architecture)) return 4;
  return name === undefined && spec.architecture === "opt" ? 0 : 1;
}

/** How the layers of a model are written; the common way (Llama's) for families that were not looked at. */
export function blockRecipe(spec: Spec): BlockRecipe {
  const recipe = ownValue(recipes, spec.architecture) ?? { ...llama, compared: false };
  const drops = usualDropout.has(spec.architecture);
  return {
    ...recipe,
    activationCopies: copiesOf(spec),
    groups: size(spec, "n_group") ?? 1,
    usedGroups: size(spec, "topk_group") ?? 1,
    dividesWeights:
      recipe.dividesWeights &&
      (alwaysDivided.has(spec.architecture) || spec.settings["norm_topk_prob"] === true),
    softcap: recipe.softcap && spec.settings["attn_logit_softcapping"] !== null,
    attentionDropout:
      positive(spec, "attn_pdrop", "attention_dropout", "attention_probs_dropout_prob") ?? drops,
    embeddingDropout:
      positive(spec, "embd_pdrop", "embedding_dropout") ?? embeddingDrops.has(spec.architecture),
    residualDropout:
      positive(
        spec,
        "resid_pdrop",
        "hidden_dropout",
        "hidden_dropout_prob",
        "residual_dropout",
        "residual_pdrop",
      ) ?? drops,
  };
}

import { expertSettings, pick } from "./draw-family.ts";
import type { Random, Settings, Sizes } from "./draw-family.ts";

/**
 * What the engine is given for a family: settings in addition to the common ones, and optional tensors of its files.
 */
export interface FamilyCase {
  readonly settings: Settings;
  /** Optional tensors of every layer, by ending. */
  readonly layerTensors?: readonly string[];
  /** Optional tensors of the model. */
  readonly tensors?: readonly string[];
  /** Tensors of every layer whose shape the file decides, by ending. */
  readonly given?: Readonly<Record<string, readonly number[]>>;
  /** True if the engine aborts with more than one sequence. */
  readonly oneSequence?: boolean;
}

export type MakeFamily = (sizes: Sizes, random: Random) => FamilyCase;

export const plain: MakeFamily = () => ({ settings: {} });
/** As many key-value heads as query heads. */
export const even: MakeFamily = ({ heads }) => ({ settings: { "attention.head_count_kv": heads } });
export const sections: Settings = { "rope.dimension_sections": [16, 16, 0, 0] };
export const oneToken: Settings = { "tokenizer.ggml.token_type_count": 2 };

export const half = (random: Random): boolean => random(2) === 0;

/** Routed experts. */
export function withExperts(more: (sizes: Sizes, random: Random) => Settings = () => ({})): MakeFamily {
  return (sizes, random) => ({
    settings: { ...expertSettings(sizes), ...more(sizes, random) },
    layerTensors: half(random) ? ["ffn_gate_exps.weight"] : ["ffn_gate_exps.weight", "exp_probs_b.bias"],
  });
}

/** Routed and shared experts after leading dense layers. */
export function withSharedExperts(more: (sizes: Sizes, random: Random) => Settings = () => ({})): MakeFamily {
  return withExperts((sizes, random) => ({
    expert_shared_count: pick(random, 1, 2),
    expert_shared_feed_forward_length: sizes.expertWidth,
    leading_dense_block_count: random(3),
    expert_gating_func: pick(random, 2, 1),
    expert_weights_norm: half(random),
    expert_weights_scale: 1.5,
    ...more(sizes, random),
  }));
}

export const windowSettings = ({ window }: Sizes): Settings => ({ "attention.sliding_window": window });

/** Lists the windows by layer, as a list in the file. */
export function listWindows(sizes: Sizes, random: Random): Settings {
  const period = pick(random, 2, 3, 4);
  return {
    ...windowSettings(sizes),
    "attention.sliding_window_pattern": Array.from(
      { length: sizes.layers },
      (_, layer) => (layer + 1) % period !== 0,
    ),
  };
}

/** Latent attention: one cached row of rank + RoPE width for all heads. */
export function latent(sizes: Sizes, random: Random): Settings {
  const rank = pick(random, 256, 512);
  return {
    "attention.head_count_kv": 1,
    "attention.q_lora_rank": pick(random, 384, 768),
    "attention.kv_lora_rank": rank,
    "rope.dimension_count": 64,
    "attention.key_length": rank + 64,
    "attention.value_length": rank,
    "attention.key_length_mla": sizes.headWidth + 64,
    "attention.value_length_mla": 128,
  };
}

export const indexer: Settings = {
  "attention.indexer.head_count": 16,
  "attention.indexer.key_length": 128,
  "attention.indexer.top_k": 64,
};

/** Mamba's state; its inner width is twice the stream's. */
export function mambaState({ width }: Sizes, random: Random, groups: number): Settings {
  return {
    "ssm.conv_kernel": 4,
    "ssm.inner_size": 2 * width,
    "ssm.state_size": pick(random, 64, 128),
    "ssm.time_step_rank": (2 * width) / 64,
    "ssm.group_count": groups,
  };
}

/** Key-value heads by layer: 0 in layers with a state. */
export function everyOther({ layers, keyValueHeads }: Sizes, random: Random): Settings {
  const period = pick(random, 2, 3);
  const heads = Array.from({ length: layers }, (_, layer) => (layer % period === 1 ? keyValueHeads : 0));
  return { "attention.head_count_kv": heads };
}

/** Delta nets have one matrix for queries, keys and values; attention has three. */
export function deltaTensors({ layers }: Sizes): readonly string[] {
  return Array.from({ length: layers }, (_, layer) => layer).flatMap((layer) => {
    const names =
      layer % deltaInterval === deltaInterval - 1 ? projections : ["attn_qkv.weight", "attn_gate.weight"];
    return [...names, "ffn_gate_exps.weight", "ffn_up_exps.weight"].map((name) => `blk.${layer}.${name}`);
  });
}

/** Gated delta nets between layers of attention. */
export function deltaNets({ headWidth }: Sizes): Settings {
  return {
    ...sections,
    "ssm.conv_kernel": 4,
    "ssm.inner_size": 1024,
    "ssm.state_size": 128,
    "ssm.time_step_rank": 8,
    "ssm.group_count": 4,
    "attention.key_length": headWidth,
    "attention.value_length": headWidth,
    full_attention_interval: deltaInterval,
  };
}

export function alternating({ layers }: Sizes, first: number): readonly boolean[] {
  return Array.from({ length: layers }, (_, layer) => layer % 2 === first);
}

export const rwkv: Settings = {
  "wkv.head_size": 64,
  "attention.head_count": 0,
  "attention.head_count_kv": 0,
};

export const rwkv7: Settings = {
  ...rwkv,
  "attention.decay_lora_rank": 64,
  "attention.iclr_lora_rank": 64,
  "attention.value_residual_mix_lora_rank": 32,
  "attention.gate_lora_rank": 128,
};

/** Optional tensors: a dense part in the leading layers, then routed and shared experts. */
export function mixtureTensors({ layers }: Sizes, leading: number, shared: boolean): readonly string[] {
  const parts = (suffix: string): readonly string[] =>
    ["gate", "up", "down"].map((part) => `ffn_${part}${suffix}.weight`);
  const routedNames = ["ffn_gate_inp.weight", ...parts("_exps"), ...(shared ? parts("_shexp") : [])];
  return Array.from({ length: layers }, (_, layer) => layer).flatMap((layer) =>
    (layer < leading ? parts("") : routedNames).map((name) => `blk.${layer}.${name}`),
  );
}

export function mixture(shared: boolean, more: (sizes: Sizes, random: Random) => Settings): MakeFamily {
  return (sizes, random) => {
    const leading = random(3);
    return {
      settings: {
        ...withSharedExperts(more)(sizes, random).settings,
        leading_dense_block_count: leading,
        expert_gating_func: 2,
      },
      tensors: mixtureTensors(sizes, leading, shared),
      layerTensors: [
        ...projections,
        "attn_gate.weight",
        "exp_probs_b.bias",
        "attn_q_norm.weight",
        "attn_k_norm.weight",
      ],
    };
  };
}

export const kimiDelta: Settings = {
  "ssm.conv_kernel": 4,
  "kda.head_dim": 128,
  "kda.gate_lower_bound": -5.5,
};

export const deltaInterval = 2;
export const projections: readonly string[] = ["attn_q.weight", "attn_k.weight", "attn_v.weight"];
export const withMamba: Pick<FamilyCase, "layerTensors"> = {
  layerTensors: [...projections, "ssm_conv1d.bias"],
};
export const indexerTensors: readonly string[] = [
  "indexer.k_norm.weight",
  "indexer.k_norm.bias",
  "indexer.proj.weight",
  "indexer.attn_k.weight",
  "indexer.attn_q_b.weight",
];

/** Latent attention in every third layer, a state in the others. */
export function latentOrState({ layers }: Sizes): Settings {
  return {
    "attention.head_count_kv": Array.from({ length: layers }, (_, layer) => (layer % 3 === 2 ? 1 : 0)),
  };
}

export const listOf = (names: string, make: MakeFamily): Readonly<Record<string, MakeFamily>> =>
  Object.fromEntries(names.split(/\s+/u).map((name) => [name, make]));

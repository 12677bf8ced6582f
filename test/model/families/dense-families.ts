import { expertSettings, pick } from "./draw-family.ts";
import { even, half, listOf, oneToken, plain, sections } from "./family-case.ts";
import type { MakeFamily } from "./family-case.ts";

/** Decoders with one dense feed-forward part per layer. */
export const dense: Readonly<Record<string, MakeFamily>> = {
  ...listOf(
    `arcee baichuan bitnet chatglm deci exaone exaone4 falcon gemma glm4 gpt2 internlm2 jais jais2
     llama-embed maincoder mistral3 mpt nemotron neo-bert olmo olmo2 openelm orion paddleocr
     phi2 plamo plamo3 qwen qwen2 qwen3 refact smollm3 stablelm starcoder
     starcoder2 xverse hunyuan-dense ernie4_5 eurobert modern-bert dream llada bloom cogvlm`,
    plain,
  ),
  ...listOf("seed_oss pangu-embedded", even),
  // These vocabularies have ids for images
  chameleon: ({ heads }) => ({ settings: { "attention.head_count_kv": heads, vocab_size: 65_536 } }),
  qwen3tts: ({ vocabulary }) => ({ settings: { ...sections, vocab_size: 4000 + vocabulary } }),
  gptneox: ({ heads }, random) => ({
    settings: { use_parallel_residual: half(random), "attention.head_count_kv": heads },
  }),
  llama: (sizes, random) =>
    half(random)
      ? { settings: {} }
      : { settings: expertSettings(sizes), layerTensors: ["ffn_gate_exps.weight"] },
  phi3: (_, random) => ({
    settings: {},
    layerTensors: half(random) ? ["attn_qkv.weight"] : ["attn_q.weight", "attn_k.weight", "attn_v.weight"],
  }),
  // The engine aborts on a file without an embedding
  codeshell: () => ({ settings: {}, tensors: ["token_embd.weight"] }),
  minicpm: plain,
  pockettts: ({ heads }) => ({
    settings: { "attention.head_count_kv": heads },
    layerTensors: ["attn_qkv.weight"],
  }),
  nanbeige: (_, random) => ({
    settings: { num_loops: pick(random, 2, 1, 3), skip_loop_final_norm: random(2) === 0 },
  }),
  apertus: ({ layers }) => ({
    settings: Object.fromEntries(
      ["alpha_n", "alpha_p", "beta", "eps"].map((key) => [
        `xielu.${key}`,
        Array.from({ length: layers }, () => 0.8),
      ]),
    ),
  }),
  talkie: ({ heads }) => ({ settings: { logit_scale: 0.5, "attention.head_count_kv": heads } }),
  "command-r": () => ({ settings: { logit_scale: 0.5 } }),
  granite: () => ({
    settings: { logit_scale: 0.5, embedding_scale: 1.5, residual_scale: 0.5, "attention.scale": 0.1 },
  }),
  ...listOf("qwen2vl qwen3vl hunyuan_vl", () => ({ settings: sections })),
  hrm_text: ({ layers }, random) => {
    const [cycles, runs] = [pick(random, 1, 2), pick(random, 1, 2)];
    return {
      settings: {
        block_count: 2 * cycles * (runs + 1),
        "hrm.layers_per_stack": 2,
        "hrm.h_cycles": cycles,
        "hrm.l_cycles": runs,
        context_length: 4096 + layers,
      },
    };
  },
};

/** Encoders. */
export const encoders: Readonly<Record<string, MakeFamily>> = {
  ...listOf("bert nomic-bert jina-bert-v3", ({ heads }) => ({
    settings: { ...oneToken, "attention.head_count_kv": heads, "attention.causal": false },
  })),
  "nomic-bert-moe": ({ heads, expertCount, expertsUsed }) => ({
    settings: {
      ...oneToken,
      "attention.head_count_kv": heads,
      "attention.causal": false,
      moe_every_n_layers: 2,
      expert_count: expertCount,
      expert_used_count: expertsUsed,
    },
  }),
  "jina-bert-v2": ({ width, feedForward, heads }, random) => ({
    settings: { ...oneToken, "attention.head_count_kv": heads, "attention.causal": false },
    given: { "ffn_up.weight": [width, half(random) ? feedForward : 2 * feedForward] },
    tensors: ["token_types.weight"],
  }),
  ...listOf("t5 t5encoder", ({ heads }) => ({
    settings: { "attention.relative_buckets_count": 32, "attention.head_count_kv": heads },
    tensors: ["enc.blk.0.attn_rel_b.weight", "dec.blk.0.attn_rel_b.weight"],
    oneSequence: true,
  })),
};

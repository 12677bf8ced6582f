import { pick } from "./draw-family.ts";
import {
  alternating,
  half,
  indexer,
  indexerTensors,
  latent,
  listOf,
  listWindows,
  mixture,
  withSharedExperts,
} from "./family-case.ts";
import type { MakeFamily } from "./family-case.ts";

/** Latent attention and indexers. */
export const sparse: Readonly<Record<string, MakeFamily>> = {
  ...listOf(
    "deepseek2 mistral4",
    withSharedExperts((sizes, random) => latent(sizes, random)),
  ),
  "deepseek2-ocr": withSharedExperts(({ heads }) => ({ "attention.head_count_kv": heads })),
  minicpm3: ({ heads, headWidth }) => ({
    settings: {
      "attention.head_count_kv": heads,
      "attention.q_lora_rank": 384,
      "attention.kv_lora_rank": 256,
      "rope.dimension_count": 32,
      "attention.key_length": headWidth + 32,
      "attention.value_length": headWidth,
    },
  }),
  ...listOf("deepseek32 glm-dsa", (sizes, random) => ({
    settings: {
      ...withSharedExperts()(sizes, random).settings,
      ...latent(sizes, random),
      ...indexer,
      expert_gating_func: 2,
    },
    layerTensors: ["ffn_gate_exps.weight", ...indexerTensors],
  })),
  dots3note: (sizes, random) => {
    const made = mixture(true, listWindows)(sizes, random);
    const own = latent(sizes, random);
    return {
      settings: {
        ...made.settings,
        ...own,
        ...indexer,
        "attention.kv_lora_rank_swa": 256,
        "attention.key_length_mla_swa": sizes.headWidth + 64,
        "attention.value_length_mla_swa": 128,
        "attention.key_length_swa": 320,
        "attention.value_length_swa": 256,
        "rope.freq_base_swa": 10000.5,
        // Layers without a window choose the keys that they read
        "attention.sliding_window_pattern": alternating(sizes, 1),
        "attention.indexer.types": alternating(sizes, 0),
      },
      tensors: made.tensors ?? [],
      layerTensors: [...indexerTensors, "attn_gate.weight"],
    };
  },
  hy_v4: withSharedExperts((sizes, random) => ({
    ...latent(sizes, random),
    ...(half(random)
      ? {}
      : {
          ...indexer,
          "attention.indexer.types": alternating(sizes, 0),
        }),
    "hyper_connection.count": pick(random, 4, 2),
    "hyper_connection.magnitude": 2.5,
    "hyper_connection.epsilon": 1e-6,
  })),
};

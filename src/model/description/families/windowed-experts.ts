import type { FamilyTable } from "./model-family.ts";
import { attentionBiases } from "./config-parts.ts";
import { sigmoidAsSet } from "./routing-parts.ts";

/** Decoders with experts, some of whose layers see only a window. */
export const windowedExpertFamilies: FamilyTable = {
  gemma4: {
    llamaCpp: {
      compared: true,
      outputFirst: true,
      window: { kind: "listed" },
      cachedLayers: "all-but-shared",
      graph: "gemma4",
    },
    config: {
      gemma4_text: {
        ...attentionBiases,
        tied: true,
        norms: 4,
        headNorms: "each",
        window: "period",
        denseWithExperts: true,
        defaults: { sliding_window_pattern: 6, global_head_dim: 512 },
        aliases: ["gemma4"],
      },
    },
  },
  "gpt-oss": {
    llamaCpp: {
      compared: true,
      window: { kind: "period", period: 2 },
      traits: { routing: { gating: "late", normalized: false, activation: "gated" }, lateRows: "hidden" },
    },
    config: {
      gpt_oss: {
        ...attentionBiases,
        perHead: 1,
        routerBias: true,
        expertBias: true,
        window: "period",
        defaults: { sliding_window_pattern: 2, attention_bias: true },
        training: {
          norm: "rms-late",
          sinks: true,
          biasedExperts: true,
          routing: "choice-first",
          dividesWeights: false,
          comparedFlash: false,
        },
      },
    },
  },
  cohere2moe: {
    llamaCpp: { compared: true, window: { kind: "dense-first", period: 4 }, graph: "cohere2-moe" },
    config: {
      cohere2_moe: {
        ...attentionBiases,
        norms: 1,
        window: "period",
        defaults: { sliding_window_pattern: 4 },
      },
    },
  },
  llama4: {
    llamaCpp: {
      compared: true,
      window: { kind: "period", period: 4, fixed: true, defaultWindow: 8192 },
      graph: "llama4",
    },
    config: {
      llama4_text: { ...attentionBiases, window: "chunked", experts: "listed", aliases: ["llama4"] },
    },
  },
  "exaone-moe": {
    llamaCpp: {
      compared: true,
      window: { kind: "period", period: 4, defaultWindow: 128 },
      traits: { routing: sigmoidAsSet, rope: "windowed-only" },
    },
    config: {
      exaone_moe: {
        headNorms: "each",
        routerBias: true,
        experts: "from-dense",
        window: "period",
        defaults: { sliding_window_pattern: 4 },
      },
    },
  },
  afmoe: {
    llamaCpp: {
      compared: true,
      window: { kind: "period", period: 4, whenGiven: true },
      traits: { routing: sigmoidAsSet, scalesEmbeddings: true, rope: { skips: 4 }, rowsAfterNorm: true },
    },
    config: {
      afmoe: {
        ...attentionBiases,
        norms: 4,
        headNorms: "each",
        queryGate: true,
        routerBias: true,
        experts: "from-dense",
        window: "period",
        defaults: { sliding_window_pattern: 4 },
      },
    },
  },
  laguna: {
    llamaCpp: {
      compared: true,
      window: { kind: "dense-first", period: 4, whenGiven: true },
      traits: { routing: sigmoidAsSet },
    },
  },
  smallthinker: {
    llamaCpp: {
      compared: true,
      window: { kind: "dense-first", period: 4, whenGiven: true, fixed: true, defaultWindow: 4096 },
      graph: "smallthinker",
    },
  },
  mimo2: { llamaCpp: { compared: true, window: { kind: "listed" }, graph: "mimo2" } },
  step35: {
    llamaCpp: {
      compared: true,
      window: { kind: "listed" },
      traits: { routing: sigmoidAsSet, lateRows: "hidden" },
    },
  },
  maple: {
    llamaCpp: {
      compared: true,
      window: { kind: "listed" },
      traits: {
        routing: { gating: "softmax", normalized: true, activation: "gated" },
        rope: "windowed-only",
      },
    },
  },
};

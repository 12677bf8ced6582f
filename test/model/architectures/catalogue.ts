import type { Header } from "../write-gguf.ts";
import { dense, windowed } from "./catalogue-attention.ts";
import { encoders, unlike } from "./catalogue-further.ts";
import { sparse } from "./catalogue-sparse.ts";
import { falconH1, graniteHybrid, jamba, lfm2, nemotronH, qwen3next } from "./hybrids.ts";
import { deepseek2 } from "./latent.ts";
import { mamba, rwkv6, rwkv7 } from "./recurrent.ts";
import { decoder } from "./transformers.ts";

const experts: Readonly<Record<string, () => Header>> = {
  mixtral: () =>
    decoder("llama", {
      layers: 32,
      width: 4096,
      vocabulary: 32000,
      context: 32768,
      heads: 32,
      keyValueHeads: 8,
      feedForward: 14336,
      experts: { count: 8, used: 2, width: 14336 },
    }),
  qwen3moe: () =>
    decoder("qwen3moe", {
      layers: 48,
      width: 2048,
      vocabulary: 151936,
      context: 40960,
      heads: 32,
      keyValueHeads: 4,
      headWidth: 128,
      feedForward: 6144,
      headNorms: "heads",
      experts: { count: 128, used: 8, width: 768 },
    }),
  qwen2moe: () =>
    decoder("qwen2moe", {
      layers: 24,
      width: 2048,
      vocabulary: 151936,
      context: 32768,
      heads: 16,
      feedForward: 5632,
      biases: true,
      experts: { count: 60, used: 4, width: 1408, shared: 5632, sharedGate: true },
      settings: { expert_shared_feed_forward_length: 5632 },
    }),
  glm4moe: () =>
    decoder("glm4moe", {
      layers: 46,
      width: 4096,
      vocabulary: 151552,
      context: 131072,
      heads: 96,
      keyValueHeads: 8,
      headWidth: 128,
      feedForward: 10944,
      biases: true,
      postNorms: true,
      noFeedForwardNorm: true,
      experts: { count: 128, used: 8, width: 1408, dense: 1, shared: 1408, correction: true },
      settings: {
        leading_dense_block_count: 1,
        expert_shared_count: 1,
        expert_weights_norm: true,
        expert_weights_scale: 1,
        "rope.dimension_count": 64,
      },
    }),
  deepseek2: () =>
    deepseek2({ layers: 27, width: 2048, vocabulary: 102400, context: 163840, absorbed: true }),
  "deepseek2-ranks": () =>
    deepseek2({
      layers: 61,
      width: 7168,
      vocabulary: 129280,
      context: 163840,
      absorbed: true,
      queryRank: 1536,
    }),
  "deepseek2-old": () =>
    deepseek2({ layers: 27, width: 2048, vocabulary: 102400, context: 163840, absorbed: false }),
};

const recurrent: Readonly<Record<string, () => Header>> = {
  mamba: () =>
    mamba("mamba", {
      layers: 48,
      width: 1536,
      vocabulary: 50280,
      context: 2048,
      inner: 3072,
      state: 16,
      rank: 96,
      kernel: 4,
    }),
  mamba2: () =>
    mamba("mamba2", {
      layers: 64,
      width: 2560,
      vocabulary: 50288,
      context: 2048,
      inner: 5120,
      state: 128,
      rank: 80,
      kernel: 4,
      groups: 1,
    }),
  rwkv6: () => rwkv6({ layers: 24, width: 2048, vocabulary: 65536, context: 4096, feedForward: 7168 }),
  rwkv7: () => rwkv7({ layers: 24, width: 2048, vocabulary: 65536, context: 4096, feedForward: 8192 }),
  lfm2: () =>
    lfm2({
      layers: 16,
      width: 2048,
      vocabulary: 65536,
      context: 128000,
      heads: 32,
      keyValueHeads: 8,
      attends: (layer) => [2, 5, 8, 10, 12, 14].includes(layer),
      feedForward: 8192,
    }),
  jamba: () =>
    jamba({
      layers: 32,
      width: 4096,
      vocabulary: 65536,
      context: 262144,
      heads: 32,
      keyValueHeads: 8,
      attends: (layer) => layer % 8 === 4,
      feedForward: 14336,
      inner: 8192,
      state: 16,
      rank: 256,
      kernel: 4,
      experts: 16,
    }),
  granitehybrid: () =>
    graniteHybrid({
      layers: 40,
      width: 2048,
      vocabulary: 100352,
      context: 131072,
      heads: 32,
      keyValueHeads: 8,
      attends: (layer) => [5, 15, 25, 35].includes(layer),
      feedForward: 8192,
      inner: 4096,
      state: 128,
      rank: 64,
      kernel: 4,
      groups: 1,
    }),
  nemotron_h: () =>
    nemotronH({
      layers: 52,
      width: 4096,
      vocabulary: 131072,
      context: 8192,
      heads: 32,
      keyValueHeads: 8,
      attends: (layer) => layer % 13 === 7,
      dense: (layer) => layer % 2 === 1 && layer % 13 !== 7,
      feedForward: 21504,
      inner: 8192,
      state: 128,
      rank: 128,
      kernel: 4,
      groups: 8,
    }),
  "falcon-h1": () =>
    falconH1({
      layers: 24,
      width: 2048,
      vocabulary: 65537,
      context: 131072,
      heads: 8,
      keyValueHeads: 2,
      attends: () => true,
      feedForward: 4096,
      inner: 3072,
      state: 256,
      rank: 48,
      kernel: 4,
      groups: 1,
    }),
  qwen3next: () =>
    qwen3next({
      layers: 48,
      width: 2048,
      vocabulary: 151936,
      context: 262144,
      heads: 16,
      keyValueHeads: 2,
      attends: (layer) => layer % 4 === 3,
      feedForward: 512,
      inner: 4096,
      state: 128,
      rank: 32,
      kernel: 4,
      groups: 16,
      experts: 512,
      used: 10,
    }),
};

/** Headers by name: sizes of published models, tensors by the families' rules, no weights. */
export const catalogue: Readonly<Record<string, () => Header>> = {
  ...dense,
  ...windowed,
  ...experts,
  ...recurrent,
  ...encoders,
  ...unlike,
  ...sparse,
};

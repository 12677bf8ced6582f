import type { Header } from "../write-gguf.ts";
import { gemma3n, gemma4 } from "./gemma.ts";
import { falconH1, graniteHybrid, jamba, lfm2, nemotronH, qwen3next } from "./hybrids.ts";
import { deepseek2 } from "./latent.ts";
import { mamba, rwkv6, rwkv7 } from "./recurrent.ts";
import { decoder } from "./transformers.ts";

const repeat = (length: number, value: (index: number) => number): readonly number[] =>
  Array.from({ length }, (_, index) => value(index));

const dense: Readonly<Record<string, () => Header>> = {
  llama: () =>
    decoder("llama", {
      layers: 32,
      width: 4096,
      vocabulary: 128256,
      context: 131072,
      heads: 32,
      keyValueHeads: 8,
      feedForward: 14336,
    }),
  "llama-1b-tied": () =>
    decoder("llama", {
      layers: 16,
      width: 2048,
      vocabulary: 128256,
      context: 131072,
      heads: 32,
      keyValueHeads: 8,
      feedForward: 8192,
      tied: true,
    }),
  "llama-2-7b": () =>
    decoder("llama", {
      layers: 32,
      width: 4096,
      vocabulary: 32000,
      context: 4096,
      heads: 32,
      feedForward: 11008,
    }),
  qwen2: () =>
    decoder("qwen2", {
      layers: 28,
      width: 3584,
      vocabulary: 152064,
      context: 32768,
      heads: 28,
      keyValueHeads: 4,
      feedForward: 18944,
      biases: true,
    }),
  qwen3: () =>
    decoder("qwen3", {
      layers: 36,
      width: 2560,
      vocabulary: 151936,
      context: 40960,
      heads: 32,
      keyValueHeads: 8,
      headWidth: 128,
      feedForward: 9728,
      headNorms: "heads",
      tied: true,
    }),
  phi3: () =>
    decoder("phi3", {
      layers: 32,
      width: 3072,
      vocabulary: 32064,
      context: 4096,
      heads: 32,
      feedForward: 8192,
      fused: true,
      gateless: true,
      settings: { "attention.sliding_window": 2047, fused_gate: 1 },
    }),
  gpt2: () =>
    decoder("gpt2", {
      layers: 12,
      width: 768,
      vocabulary: 50257,
      context: 1024,
      heads: 12,
      feedForward: 3072,
      fused: true,
      biases: true,
      layerNorm: true,
      gateless: true,
      positions: true,
    }),
  starcoder2: () =>
    decoder("starcoder2", {
      layers: 30,
      width: 3072,
      vocabulary: 49152,
      context: 16384,
      heads: 24,
      keyValueHeads: 2,
      feedForward: 12288,
      biases: true,
      layerNorm: true,
      gateless: true,
      tied: true,
    }),
  olmo2: () =>
    decoder("olmo2", {
      layers: 32,
      width: 4096,
      vocabulary: 100352,
      context: 4096,
      heads: 32,
      feedForward: 11008,
      headNorms: "flat",
      postNorms: true,
      noFeedForwardNorm: true,
    }),
  deci: () =>
    decoder("deci", {
      layers: 32,
      width: 4096,
      vocabulary: 128256,
      context: 131072,
      heads: repeat(32, (layer) => (layer % 8 === 7 ? 0 : 32)),
      keyValueHeads: repeat(32, (layer) => (layer % 8 === 7 ? 0 : 8)),
      headWidth: 128,
      feedForward: repeat(32, (layer) => (layer < 16 ? 14336 : 7168)),
    }),
};

const windowed: Readonly<Record<string, () => Header>> = {
  gemma2: () =>
    decoder("gemma2", {
      layers: 26,
      width: 2304,
      vocabulary: 256000,
      context: 8192,
      heads: 8,
      keyValueHeads: 4,
      headWidth: 256,
      feedForward: 9216,
      postNorms: true,
      tied: true,
      settings: { "attention.sliding_window": 4096, attn_logit_softcapping: 50, final_logit_softcapping: 30 },
    }),
  gemma3: () =>
    decoder("gemma3", {
      layers: 34,
      width: 2560,
      vocabulary: 262208,
      context: 131072,
      heads: 8,
      keyValueHeads: 4,
      headWidth: 256,
      feedForward: 10240,
      headNorms: "heads",
      postNorms: true,
      tied: true,
      settings: { "attention.sliding_window": 1024 },
    }),
  "gpt-oss": () =>
    decoder("gpt-oss", {
      layers: 24,
      width: 2880,
      vocabulary: 201088,
      context: 131072,
      heads: 64,
      keyValueHeads: 8,
      headWidth: 64,
      feedForward: 2880,
      biases: true,
      postNorms: true,
      noFeedForwardNorm: true,
      sinks: true,
      experts: { count: 32, used: 4, width: 2880, biases: true },
      settings: { "attention.sliding_window": 128 },
    }),
  cohere2: () =>
    decoder("cohere2", {
      layers: 32,
      width: 4096,
      vocabulary: 256000,
      context: 8192,
      heads: 32,
      keyValueHeads: 8,
      feedForward: 14336,
      tied: true,
      noFeedForwardNorm: true,
      settings: { "attention.sliding_window": 4096, logit_scale: 0.25 },
    }),
  gemma3n: () =>
    gemma3n({
      layers: 30,
      width: 2048,
      vocabulary: 262400,
      context: 32768,
      heads: 8,
      groups: 2,
      feedForward: 8192,
    }),
  gemma4: () =>
    gemma4({
      layers: 35,
      width: 1536,
      vocabulary: 262144,
      context: 131072,
      heads: 8,
      groups: 1,
      feedForward: 6144,
      shared: 20,
      perLayer: 256,
    }),
};

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
};

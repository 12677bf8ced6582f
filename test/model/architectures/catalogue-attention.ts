import type { Header } from "../write-gguf.ts";
import { gemma3n, gemma4 } from "./gemma.ts";
import { decoder } from "./transformers.ts";

const repeat = (length: number, value: (index: number) => number): readonly number[] =>
  Array.from({ length }, (_, index) => value(index));

/** Dense decoders. */
export const dense: Readonly<Record<string, () => Header>> = {
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

/** Decoders with windows. */
export const windowed: Readonly<Record<string, () => Header>> = {
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

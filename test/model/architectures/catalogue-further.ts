import type { Header } from "../write-gguf.ts";
import { bert, modernBert, t5Encoder } from "./encoders.ts";
import { arctic, bitnet, grok, step35 } from "./own-layers.ts";
import { decoder } from "./transformers.ts";

const repeat = <Value>(length: number, value: (index: number) => Value): readonly Value[] =>
  Array.from({ length }, (_, index) => value(index));

/** Encoders. They cache nothing, except T5's, whose cache is never read. */
export const encoders: Readonly<Record<string, () => Header>> = {
  bert: () =>
    bert("bert", {
      layers: 24,
      width: 1024,
      vocabulary: 30522,
      context: 512,
      heads: 16,
      feedForward: 4096,
    }),
  "nomic-bert": () =>
    bert("nomic-bert", {
      layers: 12,
      width: 768,
      vocabulary: 30522,
      context: 2048,
      heads: 12,
      feedForward: 3072,
    }),
  "modern-bert": () =>
    modernBert({
      layers: 22,
      width: 768,
      vocabulary: 50368,
      context: 8192,
      heads: 12,
      feedForward: 1152,
      settings: { "attention.sliding_window": 128 },
    }),
  t5encoder: () =>
    t5Encoder({
      layers: 24,
      width: 4096,
      vocabulary: 32128,
      context: 512,
      heads: 64,
      headWidth: 64,
      feedForward: 10240,
    }),
};

/** Decoders with layers of their own. */
export const unlike: Readonly<Record<string, () => Header>> = {
  step35: () =>
    step35({
      layers: 45,
      width: 4096,
      vocabulary: 128896,
      context: 262144,
      heads: repeat(45, (index) => (index % 4 === 0 ? 64 : 96)),
      keyValueHeads: 8,
      headWidth: 128,
      feedForward: 11264,
      dense: 3,
      experts: { count: 288, used: 8, width: 1280 },
      settings: {
        "attention.sliding_window": 512,
        "attention.sliding_window_pattern": repeat(45, (index) => index % 4 !== 0),
        expert_shared_feed_forward_length: 1280,
        expert_weights_norm: true,
        expert_gating_func: 2,
      },
    }),
  arctic: () =>
    arctic({
      layers: 35,
      width: 7168,
      vocabulary: 32000,
      context: 4096,
      heads: repeat(35, () => 56),
      keyValueHeads: 8,
      headWidth: 128,
      feedForward: 4864,
      experts: { count: 128, used: 2, width: 4864 },
    }),
  grok: () =>
    grok({
      layers: 64,
      width: 6144,
      vocabulary: 131072,
      context: 8192,
      heads: repeat(64, () => 48),
      keyValueHeads: 8,
      headWidth: 128,
      feedForward: 32768,
      experts: { count: 8, used: 2, width: 32768 },
    }),
  bitnet: () =>
    bitnet({
      layers: 26,
      width: 2048,
      vocabulary: 32002,
      context: 2048,
      heads: repeat(26, () => 32),
      keyValueHeads: 32,
      headWidth: 64,
      feedForward: 5632,
    }),
  smallthinker: () =>
    decoder("smallthinker", {
      layers: 52,
      width: 2560,
      vocabulary: 151936,
      context: 16384,
      heads: 28,
      keyValueHeads: 4,
      headWidth: 128,
      experts: { count: 64, used: 6, width: 768 },
      settings: { "attention.sliding_window": 4096, expert_gating_func: 2, feed_forward_length: 768 },
    }),
};

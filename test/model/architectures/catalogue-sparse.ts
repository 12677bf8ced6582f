import type { Header } from "../write-gguf.ts";
import { deepSeek4, kimiK3, minimaxM3 } from "./sparse.ts";

const experts = { count: 64, used: 6, width: 1024, dense: 1, feedForward: 4096 };

/** Decoders with sparse attention: smaller than the published ones, but with all their parts. */
export const sparse: Readonly<Record<string, () => Header>> = {
  "minimax-m3": () =>
    minimaxM3({
      layers: 12,
      width: 3072,
      vocabulary: 200064,
      context: 65536,
      heads: 32,
      keyValueHeads: 4,
      headWidth: 128,
      block: 128,
      chosen: 16,
      experts: { ...experts, dense: 3 },
    }),
  deepseek4: () =>
    deepSeek4({
      layers: 9,
      width: 4096,
      vocabulary: 129280,
      context: 65536,
      heads: 32,
      headWidth: 512,
      queryRank: 1024,
      outputRank: 1024,
      groups: 8,
      indexHeads: 64,
      indexWidth: 128,
      chosen: 512,
      window: 128,
      ratios: [0, 0, 4, 128, 4, 128, 4, 128, 0],
      hashed: 3,
      experts: { ...experts, dense: 0 },
    }),
  "kimi-k3": () =>
    kimiK3({
      layers: 13,
      width: 3584,
      vocabulary: 163840,
      context: 65536,
      heads: 28,
      block: 4,
      latent: 1792,
      attends: (layer) => layer % 4 === 3 || layer === 12,
      experts,
    }),
};

/**
 * Risk to quality by measure, as ranks: only their order and rough distance mean something. They follow published
 * perplexity of quantized Llama models (llama.cpp, `tools/quantize/README.md`, and pull request 7412 for caches): q8_0 is
 * lost in the noise, q4_0 caches and weights of less than four bits show.
 */
export const cacheRisk: Readonly<Record<string, number>> = {
  q8_0: 1,
  fp8: 2,
  q5_1: 3,
  q4_0: 8,
};

/** Weights by stored precision: bits of a weight with its scales, in the order of quality. */
export const weightPrecisions: readonly {
  readonly name: string;
  readonly bits: number;
  readonly risk: number;
}[] = [
  { name: "q8_0", bits: 8.5, risk: 1 },
  { name: "q6_k", bits: 6.5625, risk: 2 },
  { name: "q5_k_m", bits: 5.69, risk: 3 },
  { name: "q4_k_m", bits: 4.85, risk: 5 },
  { name: "q3_k_m", bits: 3.91, risk: 15 },
  { name: "q2_k", bits: 2.96, risk: 40 },
];

/** Weights in a server's own formats. */
export const servedPrecisions: readonly {
  readonly name: string;
  readonly bits: number;
  readonly risk: number;
}[] = [
  { name: "fp8", bits: 8, risk: 1 },
  { name: "awq", bits: 4.25, risk: 5 },
];

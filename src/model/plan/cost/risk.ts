/**
 * Risk to quality by cache type, as ranks: only their order and rough distance mean something. They follow published
 * perplexities of quantized Llama models (llama.cpp: `tools/quantize/README.md`; caches: pull request 7412). q8_0 is within
 * the noise; caches in q4_0 and weights below four bits show.
 */
export const cacheRisk: Readonly<Record<string, number>> = {
  q8_0: 1,
  fp8: 2,
  q5_1: 3,
  q4_0: 8,
};

/** Precisions of weights in GGUF, best quality first; bits per weight include the scales. */
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

/** Precisions of weights that vLLM serves. */
export const servedPrecisions: readonly {
  readonly name: string;
  readonly bits: number;
  readonly risk: number;
}[] = [
  { name: "fp8", bits: 8, risk: 1 },
  { name: "awq", bits: 4.25, risk: 5 },
];

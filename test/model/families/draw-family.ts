import type { HeaderValue } from "../write-gguf.ts";

/** Returns an integer from 0 to below its argument. */
export type Random = (below: number) => number;

export type Settings = Readonly<Record<string, HeaderValue>>;

/** Sizes that belong together; a family's settings are made of them. */
export interface Sizes {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headWidth: number;
  readonly feedForward: number;
  readonly vocabulary: number;
  readonly expertCount: number;
  readonly expertsUsed: number;
  readonly expertWidth: number;
  readonly window: number;
}

export function pick<Value>(random: Random, first: Value, ...others: readonly Value[]): Value {
  return [first, ...others][random(others.length + 1)] ?? first;
}

/** Draws sizes. Widths are multiples of 256, so that all rows can be quantized. */
export function drawSizes(random: Random): Sizes {
  const headWidth = pick(random, 64, 32, 96, 128);
  let heads = pick(random, 8, 4, 16, 20);
  while ((heads * headWidth) % 256 !== 0) heads += 4;
  return {
    layers: 3 + random(6),
    width: heads * headWidth,
    heads,
    keyValueHeads: pick(random, heads / 4, heads / 2, heads, 1),
    headWidth,
    feedForward: 256 * (1 + random(20)),
    vocabulary: pick(random, 1000, 32_001, 50_257, 128_256),
    expertCount: pick(random, 8, 16, 60),
    expertsUsed: pick(random, 2, 1, 4),
    expertWidth: 256 * (1 + random(4)),
    window: pick(random, 512, 128, 4096),
  };
}

/** Draws the settings that every family reads. */
export function commonSettings(sizes: Sizes): Settings {
  return {
    vocab_size: sizes.vocabulary,
    block_count: sizes.layers,
    embedding_length: sizes.width,
    context_length: 8192,
    "attention.head_count": sizes.heads,
    "attention.head_count_kv": sizes.keyValueHeads,
    "attention.layer_norm_rms_epsilon": 1e-5,
    "attention.layer_norm_epsilon": 1e-5,
    "rope.dimension_count": sizes.headWidth,
    feed_forward_length: sizes.feedForward,
  };
}

/** Draws the settings of routed experts. */
export function expertSettings(sizes: Sizes): Settings {
  return {
    expert_count: sizes.expertCount,
    expert_used_count: sizes.expertsUsed,
    expert_feed_forward_length: sizes.expertWidth,
  };
}

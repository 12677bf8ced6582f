import { LoadlineError } from "../../../../../shared/errors.ts";

/** Elements per block and bytes per block of each cache type (ggml v0.5.0; `--cache-type-k` accepts these nine). */
const blocks: Readonly<Record<string, readonly [number, number]>> = {
  f32: [1, 4],
  f16: [1, 2],
  bf16: [1, 2],
  q8_0: [32, 34],
  q4_0: [32, 18],
  q4_1: [32, 20],
  iq4_nl: [32, 18],
  q5_0: [32, 22],
  q5_1: [32, 24],
};

/** Types that a cache can have. */
export const cacheTypes: readonly string[] = Object.keys(blocks);

/** Returns true if values of the type share a scale: a row must then be a multiple of the block. */
export function isQuantizedCache(type: string): boolean {
  return (blocks[type]?.[0] ?? 1) > 1;
}

/**
 * Returns the bytes of a row, or undefined if its length is not a multiple of the type's block, which the engine
 * refuses.
 * Errors: `invalid-option` for an unknown type.
 */
export function cacheRowBytes(type: string, elements: number): number | undefined {
  const block = blocks[type];
  if (block === undefined) {
    throw new LoadlineError("invalid-option", `cache type: got ${type}, allowed: ${cacheTypes.join(", ")}`, {
      details: { option: "keyType", got: type },
    });
  }
  return elements % block[0] === 0 ? (elements / block[0]) * block[1] : undefined;
}

import { LoadlineError } from "../../../../../shared/errors.ts";

/** Elements and bytes of a block of each type the cache can have (ggml v0.5.0; `--cache-type-k` takes these nine). */
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

/** Types the cache can have. */
export const cacheTypes: readonly string[] = Object.keys(blocks);

/** True for a type whose values share a scale: rows must be a multiple of its block. */
export function isQuantizedCache(type: string): boolean {
  return (blocks[type]?.[0] ?? 1) > 1;
}

/** Bytes of a row; undefined where the row is no multiple of the type's block, which the engine refuses. */
export function cacheRowBytes(type: string, elements: number): number | undefined {
  const block = blocks[type];
  if (block === undefined) {
    throw new LoadlineError("invalid-option", `cache type: got ${type}, allowed: ${cacheTypes.join(", ")}`, {
      details: { option: "keyType", got: type },
    });
  }
  return elements % block[0] === 0 ? (elements / block[0]) * block[1] : undefined;
}

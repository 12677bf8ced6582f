import { findLlamaCppFamily } from "../../description/families/find-family.ts";
import type { AttentionDescription, ModelDescription } from "../../description/model-description.ts";
import { cacheRowBytes, cacheTypes, isQuantizedCache } from "./graph/ggml/cache-type-rows.ts";

/** Types of a cache, and whether flash attention reads it. */
export interface CacheTypeChoice {
  readonly keyType: string;
  readonly valueType: string;
  readonly flashAttention: boolean;
}

/** A type that the engine refuses: which option, why, and which types it accepts. */
export interface CacheTypeFault {
  readonly option: "keyType" | "valueType";
  readonly reason: string;
  readonly allowed: readonly string[];
}

function widthsOf(
  description: ModelDescription,
  widthOf: (attention: AttentionDescription) => number,
): readonly number[] {
  return description.layers.flatMap(({ attention }) => (attention === undefined ? [] : [widthOf(attention)]));
}

/** Returns the types whose block divides every width. */
function dividing(widths: readonly number[]): readonly string[] {
  return cacheTypes.filter((type) => widths.every((width) => cacheRowBytes(type, width) !== undefined));
}

/** Returns false for Grok: the engine turns flash attention off, even if it is requested. */
export function takesFlashAttention(description: ModelDescription): boolean {
  return findLlamaCppFamily(description.architecture)?.flashAttention !== false;
}

/**
 * Returns why the engine refuses these types for this model, or undefined if it accepts them (llama.cpp v0.5.0,
 * `llama_init_from_model`). Quantized values require flash attention. With flash attention, a quantized type's block
 * must divide the width of a head. Latent attention has one cache, so one type.
 */
export function cacheTypeFault(
  description: ModelDescription,
  choice: CacheTypeChoice,
): CacheTypeFault | undefined {
  const { keyType, valueType, flashAttention } = choice;
  if (!flashAttention && isQuantizedCache(valueType)) {
    const allowed = cacheTypes.filter((type) => !isQuantizedCache(type));
    const reason = "llama.cpp quantizes values only with flash attention";
    return { option: "valueType", reason, allowed };
  }
  const latent = description.layers.some(({ attention }) => attention?.latent !== undefined);
  if (latent && keyType !== valueType) {
    const reason = `latent attention caches keys and values as one, of type ${keyType}`;
    return { option: "valueType", reason, allowed: [keyType] };
  }
  if (!flashAttention) return undefined;
  const keys = widthsOf(description, ({ latent, keyWidth }) =>
    latent === undefined ? keyWidth : latent.rank + latent.ropeWidth,
  );
  const values = widthsOf(description, ({ latent, valueWidth }) => latent?.rank ?? valueWidth);
  for (const [option, type, widths] of [
    ["keyType", keyType, keys],
    ["valueType", valueType, values],
  ] as const) {
    const odd = widths.find((width) => cacheRowBytes(type, width) === undefined);
    if (odd === undefined) continue;
    const reason = `a head of ${odd} elements is not a multiple of the type's block`;
    return { option, reason, allowed: dividing(widths) };
  }
  return undefined;
}

import type { AttentionDescription, ModelDescription } from "../../description/model-description.ts";

/** Returns the first of these settings that is a number. */
export function settingNumber(
  description: ModelDescription,
  ...names: readonly string[]
): number | undefined {
  return names.map((name) => description.settings[name]).find((value) => typeof value === "number");
}

/** Returns the width of the keys by which sparse attention selects (DeepSeek V3.2), from config.json or from the layer. */
export function indexerWidth(
  description: ModelDescription,
  attention: AttentionDescription,
): number | undefined {
  if (attention.latent === undefined) return undefined;
  if (attention.indexer !== undefined) return attention.indexer.width;
  if (settingNumber(description, "index_topk") === undefined) return undefined;
  return settingNumber(description, "index_head_dim") ?? 128;
}

/** Returns true where latent attention is sparse: its kernels need blocks of 64 tokens. */
export function isSparse(description: ModelDescription): boolean {
  return description.layers.some(
    ({ attention }) => attention !== undefined && indexerWidth(description, attention) !== undefined,
  );
}

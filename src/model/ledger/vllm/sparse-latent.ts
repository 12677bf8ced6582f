import type { AttentionDescription, ModelDescription } from "../../description/model-description.ts";

/** The first of these settings that is a number. */
export function settingNumber(
  description: ModelDescription,
  ...names: readonly string[]
): number | undefined {
  return names.map((name) => description.settings[name]).find((value) => typeof value === "number");
}

/** Width of the keys by which sparse attention chooses (DeepSeek V3.2), as config.json or the layer tells it. */
export function indexerWidth(
  description: ModelDescription,
  attention: AttentionDescription,
): number | undefined {
  if (attention.latent === undefined) return undefined;
  if (attention.indexer !== undefined) return attention.indexer.width;
  if (settingNumber(description, "index_topk") === undefined) return undefined;
  return settingNumber(description, "index_head_dim") ?? 128;
}

/** True where latent attention is sparse: its own kernels need blocks of 64 tokens. */
export function isSparse(description: ModelDescription): boolean {
  return description.layers.some(
    ({ attention }) => attention !== undefined && indexerWidth(description, attention) !== undefined,
  );
}

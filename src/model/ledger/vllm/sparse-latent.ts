import type { AttentionSpec, Spec } from "../../spec/spec.ts";

/** The first of these settings that is a number. */
export function settingNumber(spec: Spec, ...names: readonly string[]): number | undefined {
  return names.map((name) => spec.settings[name]).find((value) => typeof value === "number");
}

/** Width of the keys by which sparse attention chooses (DeepSeek V3.2), as config.json or the layer tells it. */
export function indexerWidth(spec: Spec, attention: AttentionSpec): number | undefined {
  if (attention.latent === undefined) return undefined;
  if (attention.indexer !== undefined) return attention.indexer.width;
  if (settingNumber(spec, "index_topk") === undefined) return undefined;
  return settingNumber(spec, "index_head_dim") ?? 128;
}

/** True where latent attention is sparse: its own kernels need blocks of 64 tokens. */
export function isSparse(spec: Spec): boolean {
  return spec.layers.some(
    ({ attention }) => attention !== undefined && indexerWidth(spec, attention) !== undefined,
  );
}

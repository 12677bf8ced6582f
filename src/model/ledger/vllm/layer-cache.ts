import type {
  AttentionDescription,
  LayerDescription,
  RecurrentDescription,
  ModelDescription,
} from "../../description/model-description.ts";
import { indexerWidth, isSparse, settingNumber } from "./sparse-latent.ts";
import type { CheckedVllmOptions } from "./vllm-options.ts";

/** What one layer keeps in the pool: pages of `pageBytes` for `blockTokens` tokens each, or one page of state. */
export interface LayerCache {
  /** Index among the loaded layers. */
  readonly layer: number;
  readonly kind: "full" | "window" | "state";
  readonly window: number | undefined;
  readonly blockTokens: number;
  readonly pageBytes: number;
  /** Latent rows cannot be padded. */
  readonly latent: boolean;
  /** Layers of equal shape share a block table. */
  readonly shape: string;
}

/** Bytes of a token of latent attention in `fp8_ds_mla` (DeepSeek V3.2, `kv_cache_interface.py`). */
const sparseLatentBytes = 656;
/** Sparse attention's keys take one byte each, and a scale of four bytes per 128 keys. */
const indexerScale = { each: 128, bytes: 4 };

/** vLLM computes in two bytes whatever the weights' type: it casts f32 down (`config/model.py`, `_resolve_auto_dtype`). */
const computedBytes = 2;

function elementBytes(options: CheckedVllmOptions): number {
  return options.cacheType === "auto" ? computedBytes : 1;
}

/**
 * Returns the bytes of one token in one layer on one rank: a share of the heads, at least one; latent rows are on every rank.
 */
function tokenBytes(
  description: ModelDescription,
  attention: AttentionDescription,
  options: CheckedVllmOptions,
): number {
  const each = elementBytes(options);
  if (attention.latent !== undefined) {
    const packed =
      options.cacheType === "fp8_ds_mla" || (options.cacheType === "fp8" && isSparse(description));
    return packed ? sparseLatentBytes : (attention.latent.rank + attention.latent.ropeWidth) * each;
  }
  const heads = Math.max(1, Math.floor(attention.keyValueHeads / options.tensorParallel));
  return heads * (attention.keyWidth + attention.valueWidth) * each;
}

/** Returns the bytes per element of the recurrent state itself; the convolution has the model's type. */
function stateElementBytes(description: ModelDescription): number {
  const told = description.settings["mamba_ssm_cache_dtype"] ?? description.settings["mamba_ssm_dtype"];
  if (told === "float32") return 4;
  if (typeof told === "string") return computedBytes;
  return ["nemotron_h", "nemotron_h_moe", "kimi-linear"].includes(description.architecture)
    ? 4
    : computedBytes;
}

/** Returns the convolution's values on one rank: Mamba 2 copies groups so that each rank has those of its heads. */
function convolutionElements(
  description: ModelDescription,
  state: RecurrentDescription,
  ranks: number,
): number {
  const groups = settingNumber(description, "mamba_n_groups", "n_groups", "ssm.group_count");
  const inner = state.innerWidth;
  if (groups === undefined || inner === undefined || inner === 0 || groups % ranks === 0)
    return state.convolutionElements / ranks;
  const width = 2 * (state.stateElements / inner);
  const steps = state.convolutionElements / (inner + groups * width);
  return (steps * (inner + (groups + ranks - groups) * width)) / ranks;
}

function stateBytes(
  description: ModelDescription,
  state: RecurrentDescription,
  options: CheckedVllmOptions,
): number {
  const ranks = options.tensorParallel;
  return Math.ceil(
    convolutionElements(description, state, ranks) * computedBytes +
      (state.stateElements / ranks) * stateElementBytes(description),
  );
}

/** Returns the tokens of a block that has to hold a recurrent state (`platforms/interface.py`, `_align_hybrid_block_size`). */
function growBlock(
  { blockTokens, release }: CheckedVllmOptions,
  bytes: { readonly token: number; readonly state: number },
  latent: boolean,
): number {
  const { token, state } = bytes;
  if (state === 0 || token === 0) return blockTokens;
  const step = latent ? Math.max(blockTokens, release.latentBlock) : blockTokens;
  return Math.max(blockTokens, step * Math.ceil(state / (step * token)));
}

/**
 * Returns the window of a layer; vLLM keeps Llama 4's chunks as full attention, because it turns its hybrid manager off there.
 */
function windowOf(description: ModelDescription, attention: AttentionDescription): number | undefined {
  return description.architecture === "llama4" ? undefined : attention.window;
}

/** Returns the layers that are loaded without speculation. */
export function mainLayers(description: ModelDescription): readonly LayerDescription[] {
  return description.layers.filter((layer) => layer.prediction !== true);
}

/** Returns why a model's pages are not known, or undefined. */
export function unknownCaches(description: ModelDescription): string | undefined {
  if (description.cacheless === true) return undefined;
  const layers = mainLayers(description);
  if (layers.length === 0) return "the layers are not known";
  for (const { kind, attention, recurrent } of layers) {
    if (attention?.compression !== undefined) return "caches of compressed rows are not supported";
    if ((kind === "attention" || kind === "both") && attention === undefined)
      return "the heads of an attention layer are not known";
    if ((kind === "recurrent" || kind === "both") && recurrent === undefined)
      return "the state of a recurrent layer is not known";
  }
  return undefined;
}

/**
 * Returns what each layer keeps, one rank's share of it (vLLM's `get_kv_cache_spec` of attention, latent attention and Mamba
 * layers). Layers that read another layer's cache keep nothing, and neither do encoders.
 */
export function layerCaches(
  description: ModelDescription,
  options: CheckedVllmOptions,
): readonly LayerCache[] {
  if (description.cacheless === true) return [];
  const layers = mainLayers(description);
  const attentions = layers.flatMap(({ attention }) => attention ?? []);
  const token = Math.max(0, ...attentions.map((each) => tokenBytes(description, each, options)));
  const states = layers.flatMap(({ recurrent }) => recurrent ?? []);
  const state = Math.max(0, ...states.map((each) => stateBytes(description, each, options)));
  const latent = attentions.some((each) => each.latent !== undefined);
  const blockTokens = growBlock(options, { token, state }, latent);
  return layers.flatMap(({ attention, recurrent }, layer): readonly LayerCache[] => {
    const kept: LayerCache[] = [];
    if (attention !== undefined && attention.sharesCacheOf === undefined) {
      const window = windowOf(description, attention);
      const bytes = tokenBytes(description, attention, options);
      const kind = window === undefined ? "full" : "window";
      const shape = `${kind} ${window ?? ""} ${attention.keyValueHeads} ${attention.keyWidth} ${attention.valueWidth}`;
      const isLatent = attention.latent !== undefined;
      const shared = { layer, blockTokens, latent: isLatent };
      kept.push({ ...shared, kind, window, pageBytes: blockTokens * bytes, shape });
      const width = indexerWidth(description, attention);
      if (width !== undefined) {
        const row = width + Math.floor(width / indexerScale.each) * indexerScale.bytes;
        const pageBytes = blockTokens * row;
        kept.push({ ...shared, kind: "full", window: undefined, pageBytes, shape: `indexer ${row}` });
      }
    }
    if (recurrent !== undefined) {
      const own = stateBytes(description, recurrent, options);
      // Next to attention a state takes a full page
      const pageBytes = token === 0 ? own : Math.max(own, blockTokens * token);
      kept.push({
        layer,
        kind: "state",
        window: undefined,
        blockTokens,
        pageBytes,
        latent: false,
        shape: "state",
      });
    }
    return kept;
  });
}

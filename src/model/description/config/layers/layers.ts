import type { LayerDescription } from "../../model-description.ts";
import { readAttention, findSharedCache } from "./attention.ts";
import { readExperts, hasExperts } from "./experts.ts";
import type { ConfigFamily } from "../../families/config-family.ts";
import { readKinds } from "./kinds.ts";
import { readRecurrentState } from "./recurrent.ts";
import { readCount, readCounts, readFlag } from "../values/config-values.ts";
import type { Config } from "../values/config-values.ts";

/** Computes LFM2's feed-forward width: two thirds of the file's value, multiplied and rounded up (transformers 4.57, `Lfm2MLP`). */
function computeLfm2Width(config: Config): number | undefined {
  const given = readCount(config, "block_ff_dim", "intermediate_size");
  if (given === undefined || readFlag(config, "block_auto_adjust_ff_dim") === false) return given;
  const factor = config["block_ffn_dim_multiplier"];
  const cut = Math.floor((2 * given) / 3);
  const scaled = typeof factor === "number" ? Math.floor(factor * cut) : cut;
  const multiple = Math.max(1, readCount(config, "block_multiple_of") ?? 256);
  return multiple * Math.ceil(scaled / multiple);
}

function readFeedForwardWidth(
  config: Config,
  family: ConfigFamily | undefined,
  { width, index }: { readonly width: number; readonly index: number },
): number | undefined {
  const listed = readCounts(config, "intermediate_size");
  if (listed !== undefined) return listed[index];
  const modelType = String(config["model_type"]);
  const all = readCount(config, "intermediate_size");
  if (modelType === "recurrent_gemma") return all === undefined ? undefined : Math.floor(all / 2);
  if (modelType === "lfm2") return computeLfm2Width(config);
  if (modelType === "granitemoehybrid") {
    const shared = readCount(config, "shared_intermediate_size");
    if (shared !== undefined) return shared;
  }
  const given = readCount(
    config,
    "intermediate_size_mlp",
    "intermediate_size",
    "n_inner",
    "ffn_dim",
    "ffn_hidden_size",
    "hidden_dim",
  );
  return given ?? (family?.fourfoldFeedForward === true ? 4 * width : undefined);
}

function describeLayer(
  config: Config,
  family: ConfigFamily | undefined,
  kind: LayerDescription["kind"],
  { width, index, layers }: { readonly width: number; readonly index: number; readonly layers: number },
): LayerDescription {
  const modelType = String(config["model_type"]);
  const attends = kind === "attention" || kind === "both";
  const recurs = kind === "recurrent" || kind === "both";
  const pattern = config["hybrid_override_pattern"];
  const alone = typeof pattern === "string" || family?.gguf === "nemotron_h";
  const onlyMixer = (family?.kinds === "recurrent" && modelType !== "rwkv") || (alone && kind !== "none");
  const experts =
    onlyMixer || !hasExperts(config, family, index, layers) ? undefined : readExperts(config, index);
  return {
    kind,
    attention: attends ? readAttention(config, family, width, index) : undefined,
    recurrent: recurs ? readRecurrentState(config, family?.mixer, width) : undefined,
    feedForwardWidth:
      onlyMixer || (experts !== undefined && family?.denseWithExperts !== true)
        ? undefined
        : readFeedForwardWidth(config, family, { width, index }),
    experts,
  };
}

/** Describes the layers of a text model; those that predict further tokens come last. */
export function describeLayers(
  config: Config,
  family: ConfigFamily | undefined,
  layerCount: number,
  width: number,
): readonly LayerDescription[] {
  const kinds = readKinds(config, family, layerCount);
  const layers = kinds.map((kind, index) =>
    describeLayer(config, family, kind, { width, index, layers: layerCount }),
  );
  const shared = readCount(config, "num_kv_shared_layers") ?? 0;
  const main = layers.map((layer, index): LayerDescription => {
    const source = findSharedCache(layers, shared, index);
    if (source === undefined || layer.attention === undefined) return layer;
    const wide = readFlag(config, "use_double_wide_mlp") === true && layer.feedForwardWidth !== undefined;
    return {
      ...layer,
      attention: { ...layer.attention, sharesCacheOf: source },
      feedForwardWidth: wide ? 2 * (layer.feedForwardWidth ?? 0) : layer.feedForwardWidth,
    };
  });
  const last = main.at(-1);
  const predicting = last === undefined ? 0 : (readCount(config, "num_nextn_predict_layers") ?? 0);
  return [
    ...main,
    ...Array.from({ length: Math.min(predicting, 64) }, (): LayerDescription => ({
      ...last,
      kind: last?.kind ?? "none",
      prediction: true,
    })),
  ];
}

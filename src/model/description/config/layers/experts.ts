import type { ExpertDescription } from "../../model-description.ts";
import type { ConfigFamily } from "../../families/config-family.ts";
import { readCount, readCounts, readFlag, readWords } from "../values/config-values.ts";
import type { Config } from "../values/config-values.ts";

function hasExpertsByRule(
  config: Config,
  family: ConfigFamily | undefined,
  index: number,
  layers: number,
): boolean {
  const rule = family?.experts;
  if (rule === "period-offset") {
    const period = Math.max(1, readCount(config, "expert_layer_period") ?? 2);
    return index % period === (readCount(config, "expert_layer_offset") ?? 1);
  }
  if (rule === "range") {
    const last = config["moe_layer_end_index"];
    const end = typeof last === "number" && last >= 0 ? last : layers - 1;
    const step = Math.max(1, readCount(config, "moe_layer_interval") ?? 1);
    return (
      (index + 1) % step === 0 && index >= (readCount(config, "moe_layer_start_index") ?? 0) && index <= end
    );
  }
  const listed = rule === "listed" ? readCounts(config, "moe_layers") : undefined;
  if (listed !== undefined) return listed.includes(index);
  const dense = readCount(config, "first_k_dense_replace", "num_dense_layers") ?? 0;
  if (index < dense || (readCounts(config, "mlp_only_layers") ?? []).includes(index)) return false;
  const step = readCount(config, "decoder_sparse_step", "moe_layer_freq", "interleave_moe_layer_step");
  if (step === undefined || step <= 1) return true;
  const first = readCount(config, "moe_layer_freq") === undefined ? index + 1 : index;
  return first % step === 0;
}

/** Returns whether a layer has experts, in a model that has any. */
export function hasExperts(
  config: Config,
  family: ConfigFamily | undefined,
  index: number,
  layers: number,
): boolean {
  const pattern = config["hybrid_override_pattern"];
  if (typeof pattern === "string") return pattern[index] === "E";
  const blocks = readWords(config, "layers_block_type");
  if (family?.gguf === "nemotron_h" && blocks?.[index] !== undefined) return blocks[index] === "moe";
  const kinds = readWords(config, "mlp_layer_types");
  if (kinds?.[index] !== undefined) return kinds[index] === "sparse";
  return hasExpertsByRule(config, family, index, layers);
}

/** Reads a number that some files give for each layer (Hunyuan). */
function readPerLayer(config: Config, index: number, ...names: readonly string[]): number | undefined {
  for (const name of names) {
    const value =
      readCounts(config, name)?.[index] ??
      (Array.isArray(config[name]) ? undefined : readCount(config, name));
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Reads the routed experts of one layer; undefined if config.json names none. */
export function readExperts(config: Config, index: number): ExpertDescription | undefined {
  if (readFlag(config, "enable_moe_block") === false) return undefined;
  const experts = readCount(
    config,
    "n_routed_experts",
    "num_local_experts",
    "num_experts",
    "moe_num_experts",
  );
  if (experts === undefined || experts <= 1) return undefined;
  const width = readPerLayer(
    config,
    index,
    "moe_intermediate_size",
    "expert_ffn_hidden_size",
    "intermediate_size",
  );
  if (width === undefined) return undefined;
  const shared = readPerLayer(
    config,
    index,
    "n_shared_experts",
    "num_shared_experts",
    "moe_num_shared_experts",
    "num_shared_expert",
  );
  const sharedWidth =
    readCount(
      config,
      "shared_expert_intermediate_size",
      "shared_intermediate_size",
      "moe_shared_expert_intermediate_size",
    ) ??
    (shared === undefined ? undefined : shared * width) ??
    (config["interleave_moe_layer_step"] === undefined ? undefined : width);
  return {
    count: experts,
    used:
      readPerLayer(
        config,
        index,
        "num_experts_per_tok",
        "num_experts_per_token",
        "moe_k",
        "moe_topk",
        "top_k",
        "top_k_experts",
      ) ?? 1,
    width,
    sharedWidth: sharedWidth === 0 ? undefined : sharedWidth,
  };
}

import type { LayerDescription } from "../../model-description.ts";
import type { ConfigFamily } from "../../families/config-family.ts";
import { isJsonObject } from "../../../../shared/json/json-object.ts";
import { readCount, readCounts, readWords } from "../values/config-values.ts";
import type { Config } from "../values/config-values.ts";
import { ownValue } from "../../../../shared/own-value.ts";

type LayerKind = LayerDescription["kind"];

/** Words of `layer_types` and `layers_block_type`; every other word is a kind of attention. */
const listedKinds: Readonly<Record<string, LayerKind>> = {
  mamba: "recurrent",
  mamba2: "recurrent",
  linear_attention: "recurrent",
  conv: "recurrent",
  recurrent: "recurrent",
  hybrid: "both",
  hybrid_mamba: "both",
  mlp: "none",
  moe: "none",
};

/** Letters of Nemotron-H's pattern; a dash is a layer of only a feed-forward part, E one of only experts. */
const signs: Readonly<Record<string, LayerKind>> = { M: "recurrent", "*": "attention" };

function findKindByRule(config: Config, family: ConfigFamily | undefined, index: number): LayerKind {
  const rule = family?.kinds;
  if (rule === "recurrent" || rule === "both") return rule;
  if (rule === "interval" && !isJsonObject(config["linear_attn_config"]))
    return (index + 1) % Math.max(1, readCount(config, "full_attention_interval") ?? 1) === 0
      ? "attention"
      : "recurrent";
  if (rule === "even") return index % 2 === 0 ? "attention" : "recurrent";
  const blocks = rule === "blocks" ? (readWords(config, "block_types") ?? ["attention"]) : undefined;
  if (blocks !== undefined) return blocks[index % blocks.length] === "recurrent" ? "recurrent" : "attention";
  const own = config["linear_attn_config"];
  // Kimi counts its layers from one.
  const full = isJsonObject(own) ? readCounts(own, "full_attn_layers") : undefined;
  if (full !== undefined) return full.includes(index + 1) ? "attention" : "recurrent";
  const period = readCount(config, "attn_layer_period");
  if (period !== undefined)
    return index % Math.max(1, period) === (readCount(config, "attn_layer_offset") ?? 0)
      ? "attention"
      : "recurrent";
  const attentionAt = readCounts(config, "attn_layer_indices") ?? readCounts(config, "full_attn_idxs");
  if (attentionAt !== undefined) return attentionAt.includes(index) ? "attention" : "recurrent";
  return rule === "listed-recurrent" ? "recurrent" : "attention";
}

/** Reads the kind of each layer: from config.json's list, else by the family's rule. */
export function readKinds(
  config: Config,
  family: ConfigFamily | undefined,
  layers: number,
): readonly LayerKind[] {
  const listed = readWords(config, "layer_types") ?? readWords(config, "layers_block_type");
  const pattern = config["hybrid_override_pattern"];
  const isFixed = family?.kinds === "recurrent" || family?.kinds === "both";
  return Array.from({ length: layers }, (_, index): LayerKind => {
    if (isFixed) return findKindByRule(config, family, index);
    if (typeof pattern === "string") return signs[pattern[index] ?? ""] ?? "none";
    const word = listed?.[index];
    if (word === undefined) return findKindByRule(config, family, index);
    return ownValue(listedKinds, word) ?? "attention";
  });
}

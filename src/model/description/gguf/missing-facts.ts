import type { LayerDescription, TensorDescription } from "../model-description.ts";
import { findLlamaCppFamily } from "../families/find-family.ts";
import type { WindowRule } from "../families/model-family.ts";
import { readCount, type Settings } from "./settings.ts";

/** Keys that a family not known here may keep something for, and what that is. */
const hints: readonly (readonly [key: string, what: string])[] = [
  ["attention.sliding_window", "which of its layers keep a window only"],
  ["ssm.state_size", "which of its layers keep a recurrent state"],
  ["wkv.head_size", "which of its layers keep a recurrent state"],
  ["attention.kv_lora_rank", "whether its layers cache a latent in place of keys and values"],
];

/** True where layers of a family have a window by its rule, whose size it leaves to the file: the engine refuses one without. */
function needsWindow(rule: WindowRule | undefined): boolean {
  if (rule?.kind !== "period" && rule?.kind !== "dense-first") return false;
  return rule.whenGiven !== true && rule.defaultWindow === undefined;
}

/**
 * What a file does not say although its layers depend on it, in words: a figure without it would be too small and look whole.
 * The engine refuses most such files.
 */
export function missingFacts(
  architecture: string,
  settings: Settings,
  layers: readonly LayerDescription[],
  longArrays: readonly string[],
  tensors: readonly TensorDescription[],
): readonly string[] {
  const rule = findLlamaCppFamily(architecture);
  const missing = [...longArrays];
  const silent = layers.filter((layer) => layer.kind === "none").length;
  if (rule?.recurrent !== "all" && settings["attention.head_count"] === undefined)
    missing.push("how many heads its layers have (attention.head_count)");
  else if (rule === undefined && silent > 0) missing.push(`what ${silent} layers without attention keep`);
  if (
    layers.some(({ kind, recurrent }) => recurrent === undefined && (kind === "recurrent" || kind === "both"))
  )
    missing.push("the size of the recurrent state");
  // a file of tensors without any expert's is a dense model, whatever its settings say (LFM2)
  const dense = tensors.length > 0 && tensors.every(({ name }) => !name.includes("_exps."));
  if (needsWindow(rule?.window) && settings["attention.sliding_window"] === undefined)
    missing.push("the window of its layers (attention.sliding_window)");
  const routed = (readCount(settings, "expert_count") ?? 0) > 0 && !dense;
  if (routed && layers.every(({ experts }) => experts === undefined))
    missing.push("how wide its experts are, and how many a token passes (expert_used_count)");
  if (
    !routed &&
    layers.every(({ feedForwardWidth, kind }) => feedForwardWidth === undefined && kind !== "recurrent")
  )
    missing.push("the width of its feed-forward parts (feed_forward_length)");
  if (rule === undefined)
    for (const [key, what] of hints)
      if (settings[key] !== undefined && !missing.includes(what)) missing.push(what);
  return missing;
}

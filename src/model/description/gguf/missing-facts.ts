import type { WindowRule } from "../families/model-family.ts";
import type { LayerDescription } from "../model-description.ts";
import type { GgufFrame } from "./gguf-frame.ts";
import { readCount } from "./settings.ts";

/** Keys under which an unknown family may keep something in memory, and what that is. */
const hints: readonly (readonly [key: string, what: string])[] = [
  ["attention.sliding_window", "which of its layers keep only a window"],
  ["ssm.state_size", "which of its layers keep a recurrent state"],
  ["wkv.head_size", "which of its layers keep a recurrent state"],
  ["attention.kv_lora_rank", "whether its layers cache a latent instead of keys and values"],
];

/** Returns true if the family's rule leaves the size of the window to the file; the engine refuses a file without one. */
function needsWindow(rule: WindowRule | undefined): boolean {
  if (rule?.kind !== "period" && rule?.kind !== "dense-first") return false;
  return rule.whenGiven !== true && rule.defaultWindow === undefined;
}

/**
 * Lists in words what a file does not say although its layers depend on it: a figure without it would be too small and look
 * complete. The engine refuses most such files.
 */
export function listMissingFacts(
  { family, settings, tensors }: GgufFrame,
  layers: readonly LayerDescription[],
): readonly string[] {
  const missing: string[] = [];
  const silent = layers.filter((layer) => layer.kind === "none").length;
  if (family?.recurrent !== "all" && settings["attention.head_count"] === undefined)
    missing.push("how many heads its layers have (attention.head_count)");
  else if (family === undefined && silent > 0) missing.push(`what ${silent} layers without attention keep`);
  if (
    layers.some(({ kind, recurrent }) => recurrent === undefined && (kind === "recurrent" || kind === "both"))
  )
    missing.push("the size of the recurrent state");
  if (needsWindow(family?.window) && settings["attention.sliding_window"] === undefined)
    missing.push("the window of its layers (attention.sliding_window)");
  // A file whose tensors include no experts is a dense model, whatever its settings say (LFM2).
  const isDense = tensors.size > 0 && [...tensors.keys()].every((name) => !name.includes("_exps."));
  const isRouted = (readCount(settings, "expert_count") ?? 0) > 0 && !isDense;
  if (isRouted && layers.every(({ experts }) => experts === undefined))
    missing.push("the width of its experts, and the experts per token (expert_used_count)");
  if (
    !isRouted &&
    layers.every(({ feedForwardWidth, kind }) => feedForwardWidth === undefined && kind !== "recurrent")
  )
    missing.push("the width of its feed-forward parts (feed_forward_length)");
  if (family === undefined)
    for (const [key, what] of hints)
      if (settings[key] !== undefined && !missing.includes(what)) missing.push(what);
  return missing;
}

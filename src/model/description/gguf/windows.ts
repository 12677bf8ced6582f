import type { WindowRule } from "../families/model-family.ts";
import type { GgufFrame } from "./gguf-frame.ts";
import { readCount, readFlags } from "./settings.ts";

/** Window of each layer in tokens; undefined for a layer that sees everything. */
export type LayerWindows = readonly (number | undefined)[];

/**
 * Reads which layers see only a window: from the file's own list, else by the family's rule (llama.cpp v0.5.0,
 * `set_swa_pattern`). With a period p, layer i has a window if i mod p < p - 1; "dense-first": if i mod p is not 0. p = 0
 * gives every layer a window, p = 1 none.
 */
export function readWindows(frame: GgufFrame): LayerWindows {
  const none = Array.from({ length: frame.layers }, () => undefined);
  const rule = frame.family?.window;
  if (rule === undefined || rule.kind === "ignored") return none;
  if (rule.layerCount !== undefined && rule.layerCount !== frame.trunkLayers) return none;
  const given = readCount(frame.settings, "attention.sliding_window");
  if (rule.whenGiven === true && (given === undefined || given === 0)) return none;
  if (given === 0 && rule.fixed === true) return none;
  const window = rule.fixed === true ? rule.defaultWindow : (given ?? rule.defaultWindow);
  if (window === undefined || window === 0) return none;
  return markWindowed(frame, rule).map((isWindowed) => (isWindowed ? window : undefined));
}

function markWindowed({ settings, layers, trunkLayers }: GgufFrame, rule: WindowRule): readonly boolean[] {
  if (rule.kind === "recurrent-free") {
    const heads = readFlags(settings, "attention.head_count_kv", layers);
    return Array.from({ length: layers }, (_, index) => heads?.[index] ?? true);
  }
  const key = "attention.sliding_window_pattern";
  const listed = readFlags(settings, key, layers);
  if (listed !== undefined) return listed;
  const period = rule.kind === "listed" ? 1 : (readCount(settings, key) ?? rule.period ?? 1);
  return Array.from({ length: layers }, (_, index) => {
    if (index >= trunkLayers) return false;
    if (period === 0) return true;
    return rule.kind === "dense-first" ? index % period !== 0 : index % period < period - 1;
  });
}

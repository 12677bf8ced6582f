import { findLlamaCppFamily } from "../families/find-family.ts";
import { readCount, readFlags, type Settings } from "./settings.ts";

/** Window of each layer in tokens; undefined for a layer that sees everything. */
export type LayerWindows = readonly (number | undefined)[];

/**
 * Which layers see only a window, by the family's rule or the file's own list (llama.cpp v0.5.0, `set_swa_pattern`): with a
 * period p layer i has a window when i mod p < p - 1, dense first when i mod p is not 0; p = 0 means every layer, p = 1 none.
 */
export function layerWindows(
  architecture: string,
  settings: Settings,
  layers: number,
  trunkLayers: number,
): LayerWindows {
  const none = Array.from({ length: layers }, () => undefined);
  const rule = findLlamaCppFamily(architecture)?.window;
  if (rule === undefined || rule.kind === "ignored") return none;
  if (rule.layerCount !== undefined && rule.layerCount !== trunkLayers) return none;
  const given = readCount(settings, "attention.sliding_window");
  if (rule.whenGiven === true && (given === undefined || given === 0)) return none;
  if (given === 0 && rule.fixed === true) return none;
  const window = rule.fixed === true ? rule.defaultWindow : (given ?? rule.defaultWindow);
  if (window === undefined || window === 0) return none;
  const flags = windowFlags(rule.kind, rule.period ?? 1, settings, layers, trunkLayers);
  return flags.map((flag) => (flag ? window : undefined));
}

function windowFlags(
  kind: string,
  familyPeriod: number,
  settings: Settings,
  layers: number,
  trunkLayers: number,
): readonly boolean[] {
  const key = "attention.sliding_window_pattern";
  if (kind === "recurrent-free") {
    const heads = readFlags(settings, "attention.head_count_kv", layers);
    return Array.from({ length: layers }, (_, index) => heads?.[index] ?? true);
  }
  const listed = readFlags(settings, key, layers);
  if (listed !== undefined) return listed;
  const period = kind === "listed" ? 1 : (readCount(settings, key) ?? familyPeriod);
  return Array.from({ length: layers }, (_, index) => {
    if (index >= trunkLayers) return false;
    if (period === 0) return true;
    return kind === "dense-first" ? index % period !== 0 : index % period < period - 1;
  });
}

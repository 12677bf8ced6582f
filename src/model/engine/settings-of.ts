import type { PlanSettings } from "../plan/engine-for.ts";
import type { Spec } from "../spec/spec.ts";
import { llamaServerSettings } from "./llama-server.ts";
import type { SettingsBlock } from "./settings-block.ts";
import { vllmServeSettings } from "./vllm-serve.ts";

/** The blocks that put a plan into practice. `model` is the name or path the engine is to load. */
export function settingsOf(spec: Spec, settings: PlanSettings, model: string): readonly SettingsBlock[] {
  const block =
    settings.engine === "llama.cpp"
      ? llamaServerSettings({ model, options: settings.options, layers: spec.layers.length + 1 })
      : vllmServeSettings({ model, options: settings.options, quantization: settings.weightType });
  if (settings.engine !== "llama.cpp" || settings.weightType === undefined) return [block];
  return [{ ...block, notes: [`load the model in ${settings.weightType} instead`, ...block.notes] }];
}

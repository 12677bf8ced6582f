import type { PlanSettings } from "../plan/plan-settings.ts";
import type { ModelDescription } from "../description/model-description.ts";
import { deepSpeedSettings } from "./deepspeed.ts";
import { fsdpSettings } from "./fsdp.ts";
import { llamaServerSettings } from "./llama-server.ts";
import { modelLoading } from "./model-loading.ts";
import type { SettingsBlock } from "./settings-block.ts";
import { trainingArguments } from "./training-arguments.ts";
import type { TrainingSetup } from "./training-setup.ts";
import { vllmServeSettings } from "./vllm-serve.ts";

/** The trainer's arguments, the file of what shards it, and how the model is loaded. */
function trainingBlocks(
  setup: TrainingSetup,
  description: ModelDescription,
  model: string,
): readonly SettingsBlock[] {
  const kind = setup.sharding?.kind ?? "ddp";
  return [
    trainingArguments(setup),
    ...(kind === "ddp" ? [] : [kind === "fsdp" ? fsdpSettings(setup) : deepSpeedSettings(setup)]),
    modelLoading(setup, description, model),
  ];
}

/** The blocks that put a plan into practice. `model` is the name or path the engine is to load. */
export function settingsOf(
  description: ModelDescription,
  settings: PlanSettings,
  model: string,
): readonly SettingsBlock[] {
  if (settings.engine === "pytorch") return trainingBlocks(settings.options, description, model);
  const block =
    settings.engine === "llama.cpp"
      ? llamaServerSettings({ model, options: settings.options, layers: description.layers.length + 1 })
      : vllmServeSettings({ model, options: settings.options, quantization: settings.weightType });
  if (settings.engine !== "llama.cpp" || settings.weightType === undefined) return [block];
  return [{ ...block, notes: [`load the model in ${settings.weightType} instead`, ...block.notes] }];
}

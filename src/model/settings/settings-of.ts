import type { PlanSettings } from "../plan/request/plan-settings.ts";
import type { ModelDescription } from "../description/model-description.ts";
import { deepSpeedSettings } from "./deepspeed.ts";
import { fsdpSettings } from "./fsdp.ts";
import { llamaServerSettings } from "./llama-server.ts";
import { fromPretrainedSettings } from "./from-pretrained.ts";
import type { SettingsBlock } from "./settings-block.ts";
import { llamaCppLoad, transformersLoad, vllmLoad } from "./model-load.ts";
import type { ModelSource } from "./model-source.ts";
import { trainerSettings } from "./trainer-settings.ts";
import type { TrainingSetup } from "./training-setup.ts";
import { vllmServeSettings } from "./vllm-serve.ts";

/** Returns the trainer's arguments, the file for its sharding, and the Python that loads the model. */
function trainingBlocks(
  setup: TrainingSetup,
  description: ModelDescription,
  source: ModelSource,
): readonly SettingsBlock[] {
  const kind = setup.sharding?.kind ?? "ddp";
  return [
    trainerSettings(setup),
    ...(kind === "ddp" ? [] : [kind === "fsdp" ? fsdpSettings(setup) : deepSpeedSettings(setup)]),
    fromPretrainedSettings(setup, description, transformersLoad(source, description)),
  ];
}

/**
 * Returns the blocks that put a plan into practice, ready to be run. `model` is where the model was read from: a location as
 * `openModel` takes it, or that with the name of the file that was read.
 */
export function settingsOf(
  description: ModelDescription,
  settings: PlanSettings,
  model: string | ModelSource,
): readonly SettingsBlock[] {
  const source = typeof model === "string" ? { location: model } : model;
  if (settings.engine === "pytorch") return trainingBlocks(settings.options, description, source);
  const { weightType } = settings;
  if (settings.engine === "vllm")
    return [
      vllmServeSettings({
        model: vllmLoad(source, description),
        options: settings.options,
        quantization: weightType,
      }),
    ];
  const load = llamaCppLoad(source, description, weightType);
  return [
    llamaServerSettings({ model: load, options: settings.options, layers: description.layers.length + 1 }),
  ];
}

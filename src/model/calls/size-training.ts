import { describeModel } from "../description/describe-model.ts";
import type { ModelFile } from "../file/header/model-file.ts";
import { trainingLedger } from "../ledger/training/training-ledger.ts";
import type { TrainingOptions } from "../ledger/training/training-options.ts";
import type { Device } from "../plan/devices/device.ts";
import type { TrainingSize } from "./model-size.ts";
import { summarizeModel } from "./model-summary.ts";
import { trainingPaces } from "./paces.ts";
import type { SizeModelOptions } from "./size-options.ts";

/** The longest sequence that is assumed where none is given: few training runs use more. */
const maxUsualSequence = 4096;

/** Counts what a step of training in PyTorch holds. */
export function sizeTraining(
  file: ModelFile,
  options: SizeModelOptions,
  device: Device | undefined,
): TrainingSize {
  const description = describeModel(file);
  const training: TrainingOptions = {
    batch: 1,
    sequence: Math.min(description.contextLength ?? maxUsualSequence, maxUsualSequence),
    ...options.training,
  };
  const ledger = trainingLedger(description, training);
  return {
    engine: "pytorch",
    model: summarizeModel(description),
    options: training,
    ledger,
    paces: trainingPaces(description, device, training, ledger),
  };
}

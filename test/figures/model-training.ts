import { activationsOfLayer, trainingLedger } from "../../src/model/index.ts";
import type { TrainingOptions } from "../../src/model/index.ts";
import { checkTraining } from "../../src/model/ledger/training/training-options.ts";
import { trainingStep } from "../../src/model/ledger/training/step/training-step.ts";
import { addByteLedger } from "./byte-ledger.ts";
import { place, readFixture } from "./figures.ts";
import type { Figures } from "./figures.ts";
import { fromConfig, publishedModels } from "./model-vllm.ts";

interface Row {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly run: TrainingOptions;
}
interface Fixture {
  readonly layers: readonly Row[];
  readonly steps: readonly Row[];
}
const fixture = readFixture<Fixture>("torch-activations.json");

const describe = (settings: Row["settings"]): ReturnType<typeof fromConfig> =>
  fromConfig({ torch_dtype: "bfloat16", num_hidden_layers: 2, ...settings });

/** Records the tensors that each recorded layer saves, and those saved outside the layers. */
export function recordActivations(figures: Figures): void {
  for (const [index, { settings, run }] of fixture.layers.entries()) {
    const path = `model/torch-activations/${place(index)} ${String(settings["model_type"])}`;
    const model = describe(settings);
    const options = { ...run, backend: "cpu" } as const;
    const sizes = (tensors: ReturnType<typeof activationsOfLayer>): readonly string[] =>
      tensors?.map(({ part, count, bytes }) => `${part}=${count}x${bytes}`) ?? ["unknown"];
    figures.add(`${path}/layer`, ...sizes(activationsOfLayer(model, 1, options)));
    const step = trainingStep(model, checkTraining(options));
    figures.add(`${path}/outside`, step.loss?.kept, ...sizes(step.outside));
    figures.add(`${path}/kept`, ...step.layers.map(({ keptBytes }) => keptBytes));
  }
}

const trainings: Readonly<Record<string, TrainingOptions>> = {
  usual: { batch: 2, sequence: 1024 },
  half: { batch: 1, sequence: 2048, precision: "bf16", checkpointing: "selective", fusedLoss: true },
  lora: {
    batch: 4,
    sequence: 512,
    precision: "bf16",
    checkpointing: "full",
    adapter: { kind: "lora", rank: 16 },
  },
  qlora: { batch: 1, sequence: 512, optimizer: "adamw-8bit", adapter: { kind: "qlora", rank: 8 } },
  zero3: { batch: 1, sequence: 1024, sharding: { kind: "zero-3", ranks: 8, offloadOptimizer: true } },
  fsdp: { batch: 1, sequence: 1024, optimizer: "momentum", sharding: { kind: "fsdp", ranks: 4 } },
  zero2: { batch: 1, sequence: 1024, optimizer: "adafactor", sharding: { kind: "zero-2", ranks: 2 } },
  eager: { batch: 1, sequence: 512, attention: "eager", optimizer: "lion", precision: "amp-fp16" },
};

/** Records phases of the recorded steps, and of training runs of published models. */
export function recordSteps(figures: Figures): void {
  for (const [index, { settings, run }] of fixture.steps.entries())
    addByteLedger(
      figures,
      `model/torch-steps/recorded/${place(index)}`,
      trainingLedger(describe(settings), { ...run, backend: "cpu" }),
    );
  for (const [name, model] of publishedModels)
    for (const [training, options] of Object.entries(trainings)) {
      const path = `model/torch-steps/${name}/${training}`;
      figures.tryTo(path, () => addByteLedger(figures, path, trainingLedger(model, options)));
    }
}

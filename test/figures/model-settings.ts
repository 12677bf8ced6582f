import {
  deepSpeedSettings,
  fsdpSettings,
  llamaServerSettings,
  trainerSettings,
  unknownDeepSpeedNames,
  vllmServeSettings,
} from "../../src/model/index.ts";
import type { TrainingSetup } from "../../src/model/index.ts";
import { readFixture } from "./figures.ts";
import type { Figures } from "./figures.ts";
import { addSettings } from "./plan-figures.ts";

interface Known {
  readonly llamaServer: { readonly flags: readonly string[] };
}

const setups: Readonly<Record<string, TrainingSetup>> = {
  plain: { batch: 2, sequence: 1024, checkpointing: "full" },
  accumulated: { batch: 1, accumulationSteps: 8, precision: "amp-fp16", optimizer: "adamw-8bit" },
  backward: { batch: 1, optimizer: "adafactor", optimizerInBackward: true },
  lora: { batch: 4, precision: "bf16", adapter: { kind: "lora", rank: 16, targets: "attention" } },
  fsdp: { batch: 1, checkpointing: "full", optimizer: "momentum", sharding: { kind: "fsdp", ranks: 4 } },
  "zero-1": { batch: 2, accumulationSteps: 8, sharding: { kind: "zero-1", ranks: 4 } },
  "zero-2": { batch: 2, sharding: { kind: "zero-2", ranks: 4, offloadOptimizer: true } },
  "zero-3": {
    batch: 2,
    precision: "amp-fp16",
    sharding: { kind: "zero-3", ranks: 4, offloadOptimizer: true, offloadParameters: true },
  },
};

function addServers(figures: Figures): void {
  const { flags } = readFixture<Known>("settings.json").llamaServer;
  const options = { contextTokens: 8192, sequences: 4, keyType: "q8_0", valueType: "q8_0", devices: 2 };
  const block = llamaServerSettings({
    model: "a b.gguf",
    layers: 33,
    options: { ...options, tensorSplit: [3, 1], offloadCache: false, held: true },
  });
  addSettings(figures, "model/settings/llama-server", [block]);
  figures.add(
    "model/settings/llama-server/known flags",
    block.text.split(/\s+/u).filter((word) => flags.includes(word)).length,
  );
  for (const release of ["0.19", "0.21", "0.33"] as const)
    addSettings(figures, `model/settings/vllm ${release}`, [
      vllmServeSettings({
        model: "m",
        options: {
          release,
          contextTokens: 8192,
          maxSequences: 64,
          batchedTokens: 4096,
          blockTokens: 32,
          cacheType: "fp8",
          tensorParallel: 2,
          pipelineParallel: 2,
          eager: true,
          offloadBytes: 2 ** 31,
        },
        quantization: "fp8",
      }),
    ]);
}

/** Records settings as each engine reads them, without a plan. */
export function recordSettings(figures: Figures): void {
  addServers(figures);
  for (const [name, setup] of Object.entries(setups)) {
    const path = `model/settings/training ${name}`;
    figures.tryTo(`${path}/arguments`, () =>
      addSettings(figures, `${path}/arguments`, [trainerSettings(setup)]),
    );
    figures.tryTo(`${path}/fsdp`, () =>
      addSettings(figures, `${path}/fsdp`, [fsdpSettings(setup), fsdpSettings(setup, { transformers: 4 })]),
    );
    figures.tryTo(`${path}/deepspeed`, () => {
      const block = deepSpeedSettings(setup);
      addSettings(figures, `${path}/deepspeed`, [block]);
      figures.add(`${path}/deepspeed/unknown`, unknownDeepSpeedNames(JSON.parse(block.text)).length);
    });
  }
}

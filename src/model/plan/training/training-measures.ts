import { shareLevels } from "../search/measure.ts";
import type { Level, Measure } from "../search/measure.ts";
import type { PlanRequest } from "../request/plan-options.ts";
import { takesFusedLoss } from "./fused-loss.ts";
import type { TrainingState } from "./training-state.ts";

type Levels = readonly Level<TrainingState>[];

const flashLevels: Levels = [
  {
    label: "flash attention: no attention scores are stored",
    price: "nothing",
    change: (state) => (state.attention === "flash" ? undefined : { ...state, attention: "flash" }),
  },
];

const lossLevels: Levels = [
  {
    label: "output layer and loss in one kernel: the logits are never stored in full",
    price: "nothing",
    change: (state) =>
      state.fusedLoss || !takesFusedLoss(state.description) ? undefined : { ...state, fusedLoss: true },
  },
];

const fusedLevels: Levels = [
  {
    label: "fused optimizer kernel: no temporaries",
    price: "nothing",
    change: (state) =>
      state.fusedOptimizer || state.optimizer !== "adamw" ? undefined : { ...state, fusedOptimizer: true },
  },
];

/**
 * Risks as ranks on the scale of served weights (risk.ts). 8-bit Adam matches 32 bits in its paper (Dettmers 2022), bf16
 * states lose small updates, adapters learn less than full training (Biderman 2024, "LoRA learns less and forgets less").
 */
const precisionLevels: Levels = [
  {
    label: "weights, gradients and optimizer states in bf16",
    price: "quality",
    risk: 3,
    change: (state) =>
      state.precision === "bf16" || state.adapter !== undefined ? undefined : { ...state, precision: "bf16" },
  },
];

const optimizerLevels: Levels = (
  [
    ["adamw-8bit", 1, "Adam's states in 8 bits"],
    ["adafactor", 4, "Adafactor: rows and columns instead of states"],
    ["lion", 5, "Lion: one state instead of two"],
  ] as const
).map(([optimizer, risk, label]) => ({
  label,
  price: "quality",
  risk,
  change: (state) =>
    state.optimizer === "adamw" && state.adapter === undefined ? { ...state, optimizer } : undefined,
}));

const adapterLevels: Levels = (
  [
    ["lora", 6, "LoRA of rank 16 on every linear layer; the weights stay frozen"],
    ["qlora", 8, "QLoRA of rank 16: frozen weights in 4 bits"],
  ] as const
).map(([kind, risk, label]) => ({
  label,
  price: "quality",
  risk,
  change: (state) =>
    state.adapter === undefined ? { ...state, adapter: { kind, rank: 16 }, precision: "bf16" } : undefined,
}));

const checkpointingLevels: Levels = [
  {
    label: "attention scores are recomputed",
    price: "time",
    change: (state) =>
      state.attention === "eager" && state.checkpointing === "none"
        ? { ...state, checkpointing: "selective" }
        : undefined,
  },
  {
    label: "full layers are recomputed",
    price: "time",
    change: (state) => (state.checkpointing === "full" ? undefined : { ...state, checkpointing: "full" }),
  },
];

function accumulationLevels(request: PlanRequest): Levels {
  const levels: Level<TrainingState>[] = [];
  const maxSteps = Math.ceil(request.workload.sequences / request.devices);
  for (let steps = 2; steps < 2 * maxSteps; steps *= 2) {
    const accumulationSteps = Math.min(steps, maxSteps);
    const batch = Math.ceil(request.workload.sequences / request.devices / accumulationSteps);
    levels.push({
      label: `${accumulationSteps} micro-steps of ${batch} sequence${batch === 1 ? "" : "s"} for each device`,
      price: "time",
      change: (state) =>
        state.optimizerInBackward || accumulationSteps <= state.accumulationSteps
          ? undefined
          : { ...state, accumulationSteps },
    });
  }
  return levels;
}

const shardingNames = {
  "zero-2": "gradients and optimizer states",
  "zero-3": "weights, gradients and optimizer states",
  fsdp: "weights, gradients and optimizer states (FSDP)",
} as const;

function shardingLevels(request: PlanRequest): Levels {
  if (request.devices < 2) return [];
  return (["zero-2", "zero-3", "fsdp"] as const).map((kind) => ({
    label: `${shardingNames[kind]} sharded over ${request.devices} devices${kind === "fsdp" ? "" : ` (${kind.replace("zero-", "ZeRO ")})`}`,
    price: "time",
    change: (state) => {
      // Adafactor cannot factor shards, and bitsandbytes cannot read FSDP's tensors
      const isOdd =
        state.optimizer === "adafactor" ||
        (kind === "fsdp" && (state.optimizer === "adamw-8bit" || state.optimizer === "lion"));
      return isOdd ? undefined : { ...state, sharding: { kind, ranks: request.devices } };
    },
  }));
}

/** Returns the sharding that divides states; DistributedDataParallel does not. */
function shardingOf(state: TrainingState): TrainingState["sharding"] {
  return state.sharding?.kind === "ddp" ? undefined : state.sharding;
}

/** Returns true where DeepSpeed can run the optimizer on the host: its own Adam and Lion, and PyTorch's SGD. */
function runsOnHost({ optimizer }: TrainingState): boolean {
  return optimizer !== "adamw-8bit" && optimizer !== "adafactor";
}

/** Levels of offload. DeepSpeed offloads on a single device too, as one rank. */
function offloadLevels(request: PlanRequest): Levels {
  return [
    {
      label: "optimizer and its states on the host",
      price: "time",
      change: (state) => {
        if (state.adapter !== undefined || !runsOnHost(state)) return undefined;
        const sharding = shardingOf(state) ?? { kind: "zero-2" as const, ranks: request.devices };
        // FSDP offloads everything or nothing
        return sharding.kind === "fsdp"
          ? undefined
          : { ...state, sharding: { ...sharding, offloadOptimizer: true } };
      },
    },
    {
      label: "optimizer, its states and the weights on the host",
      price: "time",
      change: (state) => {
        const sharding = shardingOf(state) ?? { kind: "zero-3" as const, ranks: request.devices };
        if (sharding.kind === "zero-2" || !runsOnHost(state)) return undefined;
        return { ...state, sharding: { ...sharding, offloadOptimizer: true, offloadParameters: true } };
      },
    },
  ];
}

const sequenceLevels: Levels = shareLevels(
  (percent) => `sequences of ${percent} % of the workload's tokens`,
  (state, sequenceShare) => ({ ...state, sequenceShare }),
);

/** Lists the measures of a training run; those that cost nothing come first. */
export function trainingMeasures(request: PlanRequest): readonly Measure<TrainingState>[] {
  const measures: readonly Measure<TrainingState>[] = [
    { name: "flash attention", levels: flashLevels },
    { name: "fused loss", levels: lossLevels },
    { name: "fused optimizer", levels: fusedLevels },
    { name: "adapter", levels: adapterLevels },
    { name: "precision", levels: precisionLevels },
    { name: "optimizer", levels: optimizerLevels },
    { name: "shorter context", levels: sequenceLevels },
    { name: "checkpointing", levels: checkpointingLevels },
    { name: "sharding", levels: shardingLevels(request) },
    { name: "offload", levels: offloadLevels(request) },
    // Last: accumulation saves where waiting gradients are stored elsewhere, and may cost where they are not
    { name: "accumulation", levels: accumulationLevels(request) },
  ];
  return measures.filter((measure) => measure.levels.length > 0);
}

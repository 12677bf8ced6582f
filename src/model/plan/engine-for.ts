import { LoadlineError } from "../../shared/errors.ts";
import type { LlamaCppOptions } from "../ledger/llama-cpp/options.ts";
import { checkTraining, type TrainingOptions } from "../ledger/training/training-options.ts";
import { batchDefaults, defaultRelease, deviceClass, vllmRelease } from "../ledger/vllm/releases.ts";
import type { VllmOptions } from "../ledger/vllm/vllm-options.ts";
import type { ModelDescription } from "../description/model-description.ts";
import type { PlanningEngine } from "./lever.ts";
import { llamaCppEngine } from "./llama-cpp/llama-cpp-engine.ts";
import {
  contextTokens,
  optionsOf,
  type LlamaCppState,
  type LlamaCppTask,
} from "./llama-cpp/llama-cpp-state.ts";
import type { CheckedPlanOptions } from "./plan-options.ts";
import { vllmEngine } from "./vllm/vllm-engine.ts";
import { trainingEngine } from "./training/training-engine.ts";
import {
  microBatch,
  sequenceTokens,
  trainingOptionsOf,
  type TrainingState,
  type TrainingTask,
} from "./training/training-state.ts";
import { requestTokens, vllmOptionsOf, type VllmState, type VllmTask } from "./vllm/vllm-state.ts";
import type { Workload } from "./workloads.ts";

/** What an engine is to be started with. */
export type PlanSettings =
  | {
      readonly engine: "llama.cpp";
      readonly options: LlamaCppOptions;
      /** Type the weights are to have, where another file is needed. */
      readonly weightType: string | undefined;
      readonly contextTokens: number;
      readonly sequences: number;
    }
  | {
      readonly engine: "vllm";
      readonly options: VllmOptions;
      readonly weightType: string | undefined;
      readonly contextTokens: number;
      readonly sequences: number;
    }
  | {
      readonly engine: "pytorch";
      readonly options: TrainingOptions;
      readonly weightType: undefined;
      /** Tokens of a sequence. */
      readonly contextTokens: number;
      /** Sequences of a step, over all devices and micro-steps. */
      readonly sequences: number;
    };

/** What is done with an engine, whatever its states are. */
export type WithEngine<Result> = <State>(
  engine: PlanningEngine<State>,
  settings: (state: State) => PlanSettings,
) => Result;

function llamaStart(
  description: ModelDescription,
  workload: Workload,
  options: CheckedPlanOptions,
): LlamaCppState {
  const { current } = options;
  return {
    description,
    keyType: current.keyType ?? "f16",
    valueType: current.valueType ?? "f16",
    flashAttention: current.flashAttention ?? true,
    fullWindows: current.fullWindows ?? false,
    unified: current.unified ?? false,
    sequences: Math.min(256, workload.sequences),
    contextShare: 1,
    ubatch: current.ubatch ?? 512,
    batch: current.batch ?? 2048,
    wantedRows: false,
    offload: { kind: "none" },
    cacheOnHost: false,
  };
}

function withLlamaCpp<Result>(
  description: ModelDescription,
  workload: Workload,
  options: CheckedPlanOptions,
  run: WithEngine<Result>,
): Result {
  const task: LlamaCppTask = { description, workload, ...options };
  return run(llamaCppEngine(llamaStart(description, workload, options), task), (state) => ({
    engine: "llama.cpp",
    options: optionsOf(state, task),
    weightType: state.description === description ? undefined : state.description.weightType,
    contextTokens: contextTokens(state, workload),
    sequences: state.sequences,
  }));
}

/** What `vllm serve` would set on such a device, and no fewer sequences than are asked for. */
function vllmStart(
  description: ModelDescription,
  workload: Workload,
  options: CheckedPlanOptions,
): VllmState {
  const usual = batchDefaults(
    vllmRelease(defaultRelease),
    { memoryBytes: options.budgetBytes, deviceClass: deviceClass(options.device?.name) },
    workload.inputTokens + workload.outputTokens,
  );
  return {
    description,
    sequences: workload.sequences,
    contextShare: 1,
    maxSequences: Math.max(usual.maxSequences, workload.sequences),
    batchedTokens: Math.max(options.current.ubatch ?? usual.batchedTokens, workload.sequences),
    cacheType: "auto",
    eager: false,
    tensorParallel: 1,
    pipelineParallel: 1,
    offloadBytes: 0,
  };
}

function trainingStart(description: ModelDescription, options: CheckedPlanOptions): TrainingState {
  const checked = checkTraining({ batch: 1, sequence: 1, ...options.training });
  const { batch: _batch, sequence: _sequence, backend: _backend, ...settings } = checked;
  const sharding = options.devices > 1 ? { kind: "ddp" as const, ranks: options.devices } : undefined;
  return { description, sequenceShare: 1, ...settings, sharding };
}

function withTraining<Result>(
  description: ModelDescription,
  workload: Workload,
  options: CheckedPlanOptions,
  run: WithEngine<Result>,
): Result {
  const task: TrainingTask = { description, workload, ...options };
  return run(trainingEngine(trainingStart(description, options), task), (state) => ({
    engine: "pytorch",
    options: trainingOptionsOf(state, task),
    weightType: undefined,
    contextTokens: sequenceTokens(state, workload),
    sequences: microBatch(state, task) * state.accumulationSteps * options.devices,
  }));
}

/** A model without a vocabulary is none that is asked with tokens: no plan to serve it would mean anything. */
function requireVocabulary(description: ModelDescription, engine: string): void {
  // files of weights alone say nothing of either: what they hold is planned, and is "at least"
  if (description.vocabularySize !== undefined || description.format !== "config") return;
  throw new LoadlineError(
    "invalid-option",
    `${description.name}: got a model that tells no vocabulary, allowed with ${engine}: language models; a step of its training is planned with the engine pytorch (--train)`,
    { details: { option: "engine", got: engine } },
  );
}

/** Hands the chosen engine, at its own defaults for the workload, to `run`. */
export function withEngine<Result>(
  description: ModelDescription,
  workload: Workload,
  options: CheckedPlanOptions,
  run: WithEngine<Result>,
): Result {
  if (options.engine === "pytorch") return withTraining(description, workload, options, run);
  requireVocabulary(description, options.engine);
  if (options.engine === "llama.cpp") return withLlamaCpp(description, workload, options, run);
  const task: VllmTask = { description, workload, ...options };
  return run(vllmEngine(vllmStart(description, workload, options), task), (state) => ({
    engine: "vllm",
    options: vllmOptionsOf(state, task),
    weightType: state.quantization,
    contextTokens: requestTokens(state, workload),
    sequences: state.sequences,
  }));
}

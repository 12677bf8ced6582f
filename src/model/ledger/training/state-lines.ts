import type { ByteItem } from "../byte-ledger.ts";
import { frozenBytes, offloadsGradients, parameterBytes, sharedStates } from "./training-states.ts";
import type { CheckedTraining } from "./training-options.ts";
import type { TrainingParameters } from "./training-parameters.ts";

/** A line without what all lines of a training share. */
export type TrainingLine = Omit<ByteItem, "engine">;

function sum(values: readonly number[]): number {
  return values.reduce((all, each) => all + each, 0);
}

/** Parameters that are trained, and those that are not. */
export function trainedParameters(
  parameters: TrainingParameters,
  options: CheckedTraining,
): { readonly trained: number; readonly frozen: number } {
  if (options.adapter === undefined) return { trained: parameters.total, frozen: 0 };
  return { trained: sum(parameters.adapters), frozen: parameters.total };
}

/**
 * Weights that adapters leave as they are. bitsandbytes puts linear layers into 4 bits; experts, which transformers 5 holds
 * as tensors of three dimensions, and the embedding stay in 16.
 */
function frozenLine(parameters: TrainingParameters, options: CheckedTraining, ranks: number): TrainingLine {
  const { layers, around } = frozenBytes(options);
  const isFourBit = options.adapter?.kind === "qlora";
  const linear = sum(parameters.layers) - (isFourBit ? parameters.experts : 0);
  const others = parameters.total - linear;
  return {
    kind: "weights",
    label: isFourBit ? "frozen weights, linear layers in 4 bits" : "frozen weights",
    device: options.sharding?.offloadParameters === true ? "host" : "gpu",
    phase: "load",
    bytes: Math.round((linear * layers + others * around) / ranks),
    formula: "(layers x bytes + others x bytes) / ranks",
    inputs: {
      layers: Math.round(linear),
      layerBytes: layers,
      others: Math.round(others),
      otherBytes: around,
      ranks,
    },
    confidence: "derived",
    ...(isFourBit
      ? {
          note: "4 bits and 0.127 bits of scales a weight; embedding, output layer and experts stay in 16 bits",
        }
      : {}),
  };
}

function factorLine(parameters: TrainingParameters, ranks: number): TrainingLine {
  return {
    kind: "optimizer",
    label: "rows and columns of adafactor",
    device: "gpu",
    phase: "load",
    bytes: Math.round((4 * parameters.edges) / ranks),
    formula: "4 x (rows + columns of each matrix) / ranks",
    inputs: { rowsAndColumns: Math.round(parameters.edges), ranks },
    confidence: "derived",
  };
}

/** Weights, f32 copies and optimizer states: what is there in every phase. */
export function stateLines(
  parameters: TrainingParameters,
  options: CheckedTraining,
): readonly TrainingLine[] {
  const bytes = parameterBytes(options);
  const shares = sharedStates(options);
  const { trained } = trainedParameters(parameters, options);
  const state = (
    kind: "weights" | "optimizer" | "gradients",
    label: string,
    each: number,
    ranks: number,
    offloaded: boolean,
    note?: string,
  ): readonly TrainingLine[] =>
    each === 0
      ? []
      : [
          {
            kind,
            label,
            device: offloaded ? "host" : "gpu",
            phase: "load",
            // the host holds the share of every rank
            bytes: Math.round((trained * each) / (offloaded ? 1 : ranks)),
            formula: offloaded ? "parameters x bytes, of all ranks" : "parameters x bytes / ranks",
            inputs: { parameters: Math.round(trained), bytes: each, ranks },
            confidence: "derived",
            ...(note === undefined ? {} : { note }),
          },
        ];
  const { sharding, adapter, optimizer } = options;
  const isOffloaded = sharding?.offloadOptimizer === true;
  const hostGradient = sharding?.kind.startsWith("zero") === true ? 4 : bytes.gradient;
  const parametersOffloaded = sharding?.offloadParameters === true;
  return [
    ...(adapter === undefined ? [] : [frozenLine(parameters, options, shares.weights)]),
    ...state(
      "weights",
      adapter === undefined ? "weights" : "adapter's weights",
      bytes.weight,
      shares.weights,
      parametersOffloaded,
    ),
    ...state("weights", "f32 copy of the weights", bytes.master, shares.optimizer, isOffloaded),
    ...state(
      "optimizer",
      `states of ${optimizer}`,
      bytes.optimizer,
      shares.optimizer,
      isOffloaded,
      "there from the first step on",
    ),
    ...(offloadsGradients(options)
      ? // DeepSpeed keeps them as f32 beside the states
        state("gradients", "gradients of the weights", hostGradient, 1, true)
      : []),
    ...(optimizer === "adafactor" && adapter === undefined ? [factorLine(parameters, shares.optimizer)] : []),
  ];
}

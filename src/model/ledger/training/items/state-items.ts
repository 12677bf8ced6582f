import type { ByteItem } from "../../byte-ledger.ts";
import { frozenBytes, offloadsGradients, parameterBytes, shareStates } from "../step/training-states.ts";
import type { CheckedTraining } from "../training-options.ts";
import type { TrainingParameters } from "../step/training-parameters.ts";

/** An item without the engine, which all items of a ledger share. */
export type TrainingItem = Omit<ByteItem, "engine">;

function sum(values: readonly number[]): number {
  return values.reduce((all, each) => all + each, 0);
}

/** Counts the trained and the frozen parameters. */
export function countTrained(
  parameters: TrainingParameters,
  options: CheckedTraining,
): { readonly trained: number; readonly frozen: number } {
  if (options.adapter === undefined) return { trained: parameters.total, frozen: 0 };
  return { trained: sum(parameters.adapters), frozen: parameters.total };
}

/**
 * Counts the weights that adapters leave frozen. bitsandbytes quantizes linear layers to 4 bits; the embedding, and experts,
 * which transformers 5 holds as three-dimensional tensors, stay in 16.
 */
function frozenItem(parameters: TrainingParameters, options: CheckedTraining, ranks: number): TrainingItem {
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
          note: "4 bits and 0.127 bits of scales per weight; embedding, output layer and experts stay in 16 bits",
        }
      : {}),
  };
}

function factorItem(parameters: TrainingParameters, ranks: number): TrainingItem {
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

/** State that every trained parameter has. */
interface StateItem {
  readonly kind: "weights" | "optimizer" | "gradients";
  readonly label: string;
  /** Bytes per parameter; 0 where there is no such state. */
  readonly each: number;
  readonly ranks: number;
  readonly isOffloaded: boolean;
  readonly note?: string;
}

function stateItem(item: StateItem, trained: number): readonly TrainingItem[] {
  const { kind, label, each, ranks, isOffloaded, note } = item;
  if (each === 0) return [];
  return [
    {
      kind,
      label,
      device: isOffloaded ? "host" : "gpu",
      phase: "load",
      // The host holds the share of every rank
      bytes: Math.round((trained * each) / (isOffloaded ? 1 : ranks)),
      formula: isOffloaded ? "parameters x bytes, of all ranks" : "parameters x bytes / ranks",
      inputs: { parameters: Math.round(trained), bytes: each, ranks },
      confidence: "derived",
      ...(note === undefined ? {} : { note }),
    },
  ];
}

/** Counts weights, f32 copies and optimizer states: what every phase holds. */
export function stateItems(
  parameters: TrainingParameters,
  options: CheckedTraining,
): readonly TrainingItem[] {
  const bytes = parameterBytes(options);
  const shares = shareStates(options);
  const { trained } = countTrained(parameters, options);
  const state = (item: StateItem): readonly TrainingItem[] => stateItem(item, trained);
  const { sharding, adapter, optimizer } = options;
  const isOffloaded = sharding?.offloadOptimizer === true;
  const hostGradient = sharding?.kind.startsWith("zero") === true ? 4 : bytes.gradient;
  const parametersOffloaded = sharding?.offloadParameters === true;
  return [
    ...(adapter === undefined ? [] : [frozenItem(parameters, options, shares.weights)]),
    ...state({
      kind: "weights",
      label: adapter === undefined ? "weights" : "adapter's weights",
      each: bytes.weight,
      ranks: shares.weights,
      isOffloaded: parametersOffloaded,
    }),
    ...state({
      kind: "weights",
      label: "f32 copy of the weights",
      each: bytes.master,
      ranks: shares.optimizer,
      isOffloaded,
    }),
    ...state({
      kind: "optimizer",
      label: `states of ${optimizer}`,
      each: bytes.optimizer,
      ranks: shares.optimizer,
      isOffloaded,
      note: "allocated by the first optimizer step",
    }),
    ...(offloadsGradients(options)
      ? // DeepSpeed keeps them as f32 next to the states
        state({
          kind: "gradients",
          label: "gradients of the weights",
          each: hostGradient,
          ranks: 1,
          isOffloaded: true,
        })
      : []),
    ...(optimizer === "adafactor" && adapter === undefined ? [factorItem(parameters, shares.optimizer)] : []),
  ];
}

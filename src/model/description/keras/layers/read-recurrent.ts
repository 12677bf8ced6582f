import { isJsonObject } from "../../../../shared/json/json-object.ts";
import type { KerasShape, KerasWeight } from "../network/keras-network.ts";
import { activationOf, flagOf, layerConfig, layerFault, numberOf, sizeOf, valueOf } from "./layer-config.ts";
import type { LayerConfig } from "./layer-config.ts";
import { nonlinear, requireFixedSize, inputOf, unknownKind, weight } from "./layer-kind.ts";
import type { LayerKind, ReadKind } from "./layer-kind.ts";
import type { RecurrentCell, SequenceSettings } from "../network/operation.ts";
import { ownValue } from "../../../../shared/own-value.ts";

/** Cells stacked in one layer. */
const maxCells = 1000;

const gatesOf: Readonly<Record<RecurrentCell["kind"], number>> = { simple: 1, gru: 3, lstm: 4 };

const cellKinds: Readonly<Record<string, RecurrentCell["kind"]>> = {
  SimpleRNNCell: "simple",
  GRUCell: "gru",
  LSTMCell: "lstm",
};

/** Reads how a recurrent layer runs. */
export function readSequence(config: LayerConfig): SequenceSettings {
  return {
    sequences: flagOf(config, "return_sequences", false),
    states: flagOf(config, "return_state", false),
    backwards: flagOf(config, "go_backwards", false),
    stateful: flagOf(config, "stateful", false),
  };
}

/** Reads a cell. A GRU without the setting reset_after is that of Keras 1 and TensorFlow.js. */
function readCell(config: LayerConfig, kind: RecurrentCell["kind"]): RecurrentCell {
  return {
    kind,
    units: sizeOf(config, "units"),
    bias: flagOf(config, "use_bias", true),
    activation: activationOf(config, "activation", "tanh"),
    recurrentActivation: activationOf(config, "recurrent_activation", "hard_sigmoid"),
    resetAfter: kind === "gru" && flagOf(config, "reset_after", false),
    dropout: numberOf(config, "dropout", 0),
    recurrentDropout: numberOf(config, "recurrent_dropout", 0),
  };
}

/** Returns the weights of a cell for inputs of `width`: kernel, recurrent kernel, and one or two biases. */
function cellWeights(cell: RecurrentCell, width: number, prefix: string): readonly KerasWeight[] {
  const outputs = gatesOf[cell.kind] * cell.units;
  return [
    weight(`${prefix}kernel`, width, outputs),
    weight(`${prefix}recurrent_kernel`, cell.units, outputs),
    ...(cell.bias ? [weight(`${prefix}bias`, ...(cell.resetAfter ? [2] : []), outputs)] : []),
  ];
}

/** Returns the sizes of the states, those of the last cell first, as Keras orders them. An LSTM has two. */
function statesOf(cells: readonly RecurrentCell[]): readonly number[] {
  return cells
    .toReversed()
    .flatMap((cell) => (cell.kind === "lstm" ? [cell.units, cell.units] : [cell.units]));
}

function recurrentKind(
  config: LayerConfig,
  cells: readonly RecurrentCell[],
  keepsDropout = false,
): LayerKind {
  const sequence = readSequence(config);
  const activations = cells.flatMap((cell) =>
    nonlinear(cell.activation, ...(cell.kind === "simple" ? [] : [cell.recurrentActivation])),
  );
  return {
    operation: { type: "recurrent", cells, keepsDropout, ...sequence },
    activations: [...new Set(activations)],
    build: (inputs) => {
      const input = inputOf(config, inputs, 3);
      const states = statesOf(cells);
      const width = states[0];
      const output: KerasShape = sequence.sequences ? [undefined, input[1], width] : [undefined, width];
      let before = requireFixedSize(config, input, 2);
      const weights = cells.flatMap((cell, index) => {
        const own = cellWeights(cell, before, cells.length === 1 ? "" : `cell_${index}/`);
        before = cell.units;
        return own;
      });
      return {
        weights,
        outputs: sequence.states ? [output, ...states.map((size) => [undefined, size])] : [output],
      };
    },
  };
}

/** Reads the cells of an RNN layer: one, or those of StackedRNNCells; undefined if the class of one is unknown. */
function readCells(config: LayerConfig, given: unknown): readonly RecurrentCell[] | undefined {
  const className = isJsonObject(given) ? (given["class_name"] ?? given["className"]) : undefined;
  const inner = layerConfig(config.file, config.layer, isJsonObject(given) ? given["config"] : undefined);
  if (className === "StackedRNNCells") {
    const cells = valueOf(inner, "cells");
    if (!Array.isArray(cells) || cells.length === 0 || cells.length > maxCells)
      throw layerFault(config.file, config.layer, `cells must be a list of 1 to ${maxCells}`);
    const read = (cells as readonly unknown[]).map((cell) => {
      if (isJsonObject(cell) && (cell["class_name"] ?? cell["className"]) === "StackedRNNCells")
        throw layerFault(config.file, config.layer, "stacked cells must not contain stacked cells");
      return readCells(config, cell);
    });
    return read.includes(undefined) ? undefined : read.flatMap((each) => each ?? []);
  }
  if (typeof className !== "string")
    throw layerFault(config.file, config.layer, `cell must be one of ${Object.keys(cellKinds).join(", ")}`);
  const kind = ownValue(cellKinds, className);
  return kind === undefined ? undefined : [readCell(inner, kind)];
}

/** Recurrent layers by class. */
export const recurrentKinds: Readonly<Record<string, ReadKind>> = {
  SimpleRNN: (config) => recurrentKind(config, [readCell(config, "simple")]),
  GRU: (config) => recurrentKind(config, [readCell(config, "gru")]),
  LSTM: (config) => recurrentKind(config, [readCell(config, "lstm")]),
  RNN: (config) => {
    const cells = readCells(config, valueOf(config, "cell"));
    return cells === undefined ? unknownKind : recurrentKind(config, cells, true);
  },
};

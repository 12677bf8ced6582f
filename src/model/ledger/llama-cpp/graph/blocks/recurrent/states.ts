import { expandInto } from "../../ggml/build.ts";
import type { Build } from "../../ggml/build.ts";
import { copyInto, getRows, reshape, view } from "../../ggml/operations.ts";
import { externalTensor, inputTensor, writeInto } from "../../ggml/tensor.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

/** Indices of the states that the sequences continue, and of those that are only moved. */
export interface StateInputs {
  readonly main: GraphTensor;
  readonly extra: GraphTensor;
}

/** Makes the indices of the states. The reserved graph runs all sequences, so no extra state is left to move. */
export function stateInputs(build: Build): StateInputs {
  const copies = inputTensor("i32", build.run.sequences);
  return { main: view(copies, [build.run.sequences], []), extra: view(copies, [0], []) };
}

/** Makes the store of all states of one layer: (elements, sequences). */
export function stateStore(build: Build, elements: number): GraphTensor {
  return externalTensor(elements, build.run.sequences);
}

/**
 * Reads the states of the sequences from their store (llama.cpp v0.5.0, `build_rs`): clears one, gathers the needed
 * ones with `read` (default: as rows), and moves the others. Result: what `read` returns.
 */
export function readStates(
  build: Build,
  inputs: StateInputs,
  store: GraphTensor,
  read: (states: GraphTensor, ids: GraphTensor) => GraphTensor = rowsOf,
): GraphTensor {
  const [elements] = store.shape;
  const states = reshape(store, elements, build.run.sequences);
  const cleared = view(states, [0], []);
  expandInto(build, writeInto(cleared, "scale", [cleared]));
  const wanted = read(states, inputs.main);
  expandInto(build, wanted);
  const others = rowsOf(states, inputs.extra);
  expandInto(build, copyInto(others, view(store, [elements, 0], [])));
  return wanted;
}

/** Reads the states as rows: (elements, sequences). */
function rowsOf(states: GraphTensor, ids: GraphTensor): GraphTensor {
  return getRows(states, ids);
}

/** Writes new states to the store. */
export function writeStates(build: Build, state: GraphTensor, store: GraphTensor): void {
  expandInto(build, copyInto(state, view(store, [store.shape[0], build.run.sequences], [])));
}

import { expandInto, type Build } from "../../ggml/build.ts";
import { copyInto, getRows, reshape, view } from "../../ggml/operations.ts";
import { externalTensor, inputTensor, type GraphTensor, writeInto } from "../../ggml/tensor.ts";

/** Which state each sequence goes on from. */
export interface StateInputs {
  readonly main: GraphTensor;
  readonly extra: GraphTensor;
}

/** The input that names the states; the reserved graph runs all sequences, so none is left over as extra. */
export function stateInputs(build: Build): StateInputs {
  const copies = inputTensor("i32", build.run.sequences);
  return { main: view(copies, [build.run.sequences], []), extra: view(copies, [0], []) };
}

/** The place where all states of one layer lie. */
export function stateStore(build: Build, elements: number): GraphTensor {
  return externalTensor(elements, build.run.sequences);
}

/**
 * States of the sequences, read from their store (llama.cpp v0.5.0, `build_rs`): one state is cleared, those wanted are
 * gathered by `read` (or copied as rows), and those that do not change are copied where they belong.
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

function rowsOf(states: GraphTensor, ids: GraphTensor): GraphTensor {
  return getRows(states, ids);
}

/** A new state written to its place in the store. */
export function writeStates(build: Build, state: GraphTensor, store: GraphTensor): void {
  expandInto(build, copyInto(state, view(store, [store.shape[0], build.run.sequences], [])));
}

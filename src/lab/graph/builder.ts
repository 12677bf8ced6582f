import type { OperationName } from "../kernels/operation.ts";
import type { Initializer, Operation, Phase, Tensor, TensorKind, TensorScope } from "./graph.ts";

/** A parameter while the graph is built. */
export interface ParameterDraft {
  readonly tensor: number;
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
  readonly decays: boolean;
}

interface OperationDraft {
  readonly name: OperationName;
  readonly writes: readonly (number | undefined)[];
  readonly reads: readonly (number | undefined)[];
  readonly numbers?: readonly number[];
  readonly fractions?: readonly number[];
  readonly mayReplace?: readonly number[];
  readonly adds?: boolean;
}

/** Collects tensors and operations while layers are lowered. */
export interface Builder {
  readonly tensors: readonly Tensor[];
  readonly operations: readonly Operation[];
  readonly parameters: readonly ParameterDraft[];
  /** Sets phase and label of the operations that follow. */
  setPlace(phase: Phase, label: string): void;
  /** Adds a tensor; returns its id. */
  tensor(kind: TensorKind, scope: TensorScope, shape: readonly number[], label: string): number;
  /** Returns the parameter of that name, made on first use: a layer that is computed again uses the same one. */
  parameter(name: string, shape: readonly number[], initializer: Initializer, decays: boolean): number;
  /** Appends an operation. */
  emit(draft: OperationDraft): void;
}

/** Makes an empty builder. */
export function createBuilder(): Builder {
  const tensors: Tensor[] = [];
  const operations: Operation[] = [];
  const parameters: ParameterDraft[] = [];
  let phase: Phase = "forward";
  let place = "";
  const tensor: Builder["tensor"] = (kind, scope, shape, label) => {
    const id = tensors.length;
    const elements = shape.reduce((product, dimension) => product * dimension, 1);
    tensors.push({ id, label, kind, scope, elements, shape });
    return id;
  };
  return {
    tensors,
    operations,
    parameters,
    setPlace: (nextPhase, label) => {
      phase = nextPhase;
      place = label;
    },
    tensor,
    parameter: (name, shape, initializer, decays) => {
      const known = parameters.find((each) => each.name === name);
      if (known !== undefined) return known.tensor;
      const id = tensor("parameters", "fixed", shape, name);
      parameters.push({ tensor: id, name, shape, initializer, decays });
      return id;
    },
    emit: (draft) => {
      operations.push({
        name: draft.name,
        phase,
        label: place,
        writes: draft.writes,
        reads: draft.reads,
        numbers: draft.numbers ?? [],
        fractions: draft.fractions ?? [],
        mayReplace: draft.mayReplace ?? [],
        adds: draft.adds ?? false,
      });
    },
  };
}

import type { ModelDescription, TensorDescription } from "./model-description.ts";

/** Describes a file of which only the tensors are known; `missing` says why. */
export function describeWeightsOnly(
  file: {
    readonly name: string;
    readonly format: ModelDescription["format"];
    readonly architecture?: string | undefined;
  },
  tensors: readonly TensorDescription[],
  missing: string,
): ModelDescription {
  return {
    name: file.name,
    format: file.format,
    architecture: file.architecture ?? "unknown",
    known: false,
    layers: [],
    embeddingWidth: undefined,
    vocabularySize: undefined,
    contextLength: undefined,
    tiedEmbeddings: undefined,
    parameters: tensors.reduce((sum, tensor) => sum + tensor.shape.reduce((all, size) => all * size, 1), 0),
    weightBytes: tensors.reduce((sum, tensor) => sum + tensor.bytes, 0),
    weightType: undefined,
    tensors,
    settings: {},
    unknown: [missing],
  };
}

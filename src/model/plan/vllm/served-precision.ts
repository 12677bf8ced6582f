import type { Spec, TensorSpec } from "../../spec/spec.ts";
import { atPrecision } from "../variants.ts";

/** Parameters of the embedding and the output layer, where the file lists no tensors. */
function vocabularyParameters(spec: Spec): number {
  if (spec.groups !== undefined) return spec.groups.embedding + spec.groups.output;
  const once = (spec.vocabularySize ?? 0) * (spec.embeddingWidth ?? 0);
  return spec.tiedEmbeddings === true ? once : 2 * once;
}

/**
 * The model with its linear layers in `bits` a weight, as vLLM quantizes them (`--quantization fp8` while loading) and AWQ's
 * checkpoints are: the embedding and the output layer stay as they were. Undefined where nothing becomes smaller.
 */
export function servedAt(spec: Spec, bits: number, name: string): Spec | undefined {
  const smaller = atPrecision(spec, bits, name);
  if (smaller === undefined) return undefined;
  if (spec.tensors.length === 0) {
    const { parameters = 0, weightBytes = 0 } = spec;
    const rows = Math.min(parameters, vocabularyParameters(spec));
    const each = parameters === 0 ? 2 : weightBytes / parameters;
    return { ...smaller, weightBytes: Math.ceil(rows * each + ((parameters - rows) * bits) / 8) };
  }
  const rows = spec.vocabularySize;
  const tensors = spec.tensors.map((tensor, index): TensorSpec => {
    const isVocabulary = rows !== undefined && tensor.shape.length > 1 && tensor.shape.includes(rows);
    return isVocabulary ? tensor : (smaller.tensors[index] ?? tensor);
  });
  return { ...smaller, tensors, weightBytes: tensors.reduce((sum, tensor) => sum + tensor.bytes, 0) };
}

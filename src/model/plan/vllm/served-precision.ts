import type { ModelDescription, TensorDescription } from "../../description/model-description.ts";
import { atPrecision } from "../variants.ts";

/** Counts the parameters of the embedding and the output layer, where the file lists no tensors. */
function vocabularyParameters(description: ModelDescription): number {
  if (description.groups !== undefined) return description.groups.embedding + description.groups.output;
  const once = (description.vocabularySize ?? 0) * (description.embeddingWidth ?? 0);
  return description.tiedEmbeddings === true ? once : 2 * once;
}

/**
 * Returns the model with its linear layers in `bits` per weight, as vLLM quantizes them while loading (`--quantization fp8`)
 * and as AWQ checkpoints are. The embedding and the output layer keep their type. Undefined where nothing shrinks.
 */
export function atServedPrecision(
  description: ModelDescription,
  bits: number,
  name: string,
): ModelDescription | undefined {
  const smaller = atPrecision(description, bits, name);
  if (smaller === undefined) return undefined;
  if (description.tensors.length === 0) {
    const { parameters = 0, weightBytes = 0 } = description;
    const rows = Math.min(parameters, vocabularyParameters(description));
    const each = parameters === 0 ? 2 : weightBytes / parameters;
    return { ...smaller, weightBytes: Math.ceil(rows * each + ((parameters - rows) * bits) / 8) };
  }
  const rows = description.vocabularySize;
  const tensors = description.tensors.map((tensor, index): TensorDescription => {
    const isVocabulary = rows !== undefined && tensor.shape.length > 1 && tensor.shape.includes(rows);
    return isVocabulary ? tensor : (smaller.tensors[index] ?? tensor);
  });
  return { ...smaller, tensors, weightBytes: tensors.reduce((sum, tensor) => sum + tensor.bytes, 0) };
}

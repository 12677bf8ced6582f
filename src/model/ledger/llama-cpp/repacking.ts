import type { TensorDescription } from "../../description/model-description.ts";

/** Types whose rows a processor with AVX2 puts side by side, eight at a time (llama.cpp v0.5.0, compared with its CPU build). */
const repackedTypes: ReadonlySet<string> = new Set(["q4_0", "q4_k", "iq4_nl", "mxfp4"]);
const rowsTogether = 8;

/** Tables that are only looked up: they stay as the file has them. */
const tables: ReadonlySet<string> = new Set([
  "token_embd.weight",
  "per_layer_token_embd.weight",
  "position_embd.weight",
  "token_types.weight",
]);

/** True for a matrix that the processor's products take in an order of their own. */
export function takesRepacking({ shape, type }: TensorDescription): boolean {
  return repackedTypes.has(type) && shape.length >= 2 && (shape[1] ?? 0) % rowsTogether === 0;
}

/** True for a weight that the host holds in that order, in a buffer of its own. */
export function isRepacked(tensor: TensorDescription): boolean {
  return takesRepacking(tensor) && !tables.has(tensor.name);
}

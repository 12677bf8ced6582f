import type { TensorDescription } from "../../description/model-description.ts";

/**
 * Types whose rows a processor with AVX2 interleaves, eight at a time (llama.cpp v0.5.0, compared with its CPU build).
 */
const repackedTypes: ReadonlySet<string> = new Set(["q4_0", "q4_k", "iq4_nl", "mxfp4"]);
const rowsTogether = 8;

/** Lookup tables, which keep the layout of the file. */
const tables: ReadonlySet<string> = new Set([
  "token_embd.weight",
  "per_layer_token_embd.weight",
  "position_embd.weight",
  "token_types.weight",
]);

/** Returns true for a matrix that the CPU multiplies in an interleaved layout. */
export function takesRepacking({ shape, type }: TensorDescription): boolean {
  return repackedTypes.has(type) && shape.length >= 2 && (shape[1] ?? 0) % rowsTogether === 0;
}

/** Returns true for a weight that the host holds in that layout, in a separate buffer. */
export function isRepacked(tensor: TensorDescription): boolean {
  return takesRepacking(tensor) && !tables.has(tensor.name);
}

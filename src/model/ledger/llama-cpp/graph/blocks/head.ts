import type { Traits } from "../../../../description/families/traits.ts";
import { expandInto, setting, weight } from "../ggml/build.ts";
import type { Build } from "../ggml/build.ts";
import { add, getRows, matrixProduct, scale, unary } from "../ggml/operations.ts";
import { weightTensor } from "../ggml/tensor.ts";
import type { GraphTensor } from "../ggml/tensor.ts";
import { applyNorm } from "./stream/norm.ts";

/** Adds a value to the graph and keeps its bytes until it is read after the run. */
export function keepOutput(build: Build, value: GraphTensor): void {
  value.output = true;
  expandInto(build, value);
}

/**
 * Applies the final norm and keeps its result until it is read: stream (width, tokens), or (width, outputs) if the
 * last layer took the output rows; result (width, outputs).
 */
export function applyFinalNorm(
  build: Build,
  stream: GraphTensor,
  traits: Traits,
  outputIndices: GraphTensor,
): GraphTensor {
  const name = traits.lastNorm ?? "output_norm";
  const scaling = weight(build, `${name}.weight`);
  const normalize = (value: GraphTensor): GraphTensor =>
    scaling === undefined && traits.norm !== "layer"
      ? value
      : applyNorm(value, traits.norm ?? "rms", scaling, weight(build, `${name}.bias`));
  let normed: GraphTensor;
  if (traits.lateRows === undefined) normed = normalize(stream);
  else {
    const kept = traits.lateRows === "hidden" ? stream : normalize(stream);
    kept.output = true;
    const rows = getRows(kept, outputIndices);
    normed = traits.lateRows === "hidden" ? normalize(rows) : rows;
  }
  normed.output = true;
  return normed;
}

/** Multiplies with the output matrix: (width, outputs) to (vocabulary, outputs). */
export function vocabularyProduct(build: Build, normed: GraphTensor): GraphTensor {
  // A tied embedding is multiplied on the output layer's device, even if rows are looked up on another
  const tied = weightTensor([build.width, build.vocabulary], "output");
  return matrixProduct(weight(build, "output.weight") ?? tied, normed);
}

/** Computes the logits with the family's scale and cap: (width, outputs) to (vocabulary, outputs). */
export function logitsOf(build: Build, normed: GraphTensor, traits: Traits): GraphTensor {
  let logits = vocabularyProduct(build, normed);
  const bias = weight(build, "output.bias");
  if (bias !== undefined) logits = add(logits, bias);
  const scales = traits.logits === "scale" || traits.logits === "scale-and-cap";
  if (scales && (setting(build, "logit_scale") ?? 1) !== 0) logits = scale(logits);
  if (traits.logits === "cap" || (setting(build, "final_logit_softcapping") ?? 0) !== 0) {
    logits = scale(unary(scale(logits)));
  }
  return logits;
}

/**
 * Adds the final norm and the logits to the graph. Both are kept until they are read. stream: (width, tokens or
 * outputs).
 */
export function addHead(build: Build, stream: GraphTensor, traits: Traits, outputIndices: GraphTensor): void {
  const normed = applyFinalNorm(build, stream, traits, outputIndices);
  keepOutput(build, traits.headless === true ? normed : logitsOf(build, normed, traits));
}

import type { Traits } from "../../../../description/families/traits.ts";
import { expandInto, setting, weight, type Build } from "../ggml/build.ts";
import { add, getRows, matrixProduct, scale, unary } from "../ggml/operations.ts";
import { weightTensor, type GraphTensor } from "../ggml/tensor.ts";
import { applyNorm } from "./stream/norm.ts";

/** Puts a value into the graph whose bytes stay until it is read. */
export function keepOutput(build: Build, value: GraphTensor): void {
  value.output = true;
  expandInto(build, value);
}

/** The last norm, over the rows of the wanted tokens: (width, tokens or outputs) to (width, outputs). It stays until it is read. */
export function applyFinalNorm(
  build: Build,
  stream: GraphTensor,
  traits: Traits,
  places: GraphTensor,
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
    const rows = getRows(kept, places);
    normed = traits.lateRows === "hidden" ? normalize(rows) : rows;
  }
  normed.output = true;
  return normed;
}

/** The product with the vocabulary: (width, outputs) to (vocabulary, outputs). */
export function vocabularyProduct(build: Build, normed: GraphTensor): GraphTensor {
  // a shared embedding is multiplied on the output layer's device, whichever device holds the one that is looked up
  const tiedWeight = (): GraphTensor => weightTensor([build.width, build.vocabulary], "output");
  return matrixProduct(weight(build, "output.weight") ?? tiedWeight(), normed);
}

/** The logits with the family's scale and cap: (width, outputs) to (vocabulary, outputs). */
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

/** The last norm and the product with the vocabulary; both stay until they are read. */
export function addHead(build: Build, stream: GraphTensor, traits: Traits, places: GraphTensor): void {
  const normed = applyFinalNorm(build, stream, traits, places);
  keepOutput(build, traits.headless === true ? normed : logitsOf(build, normed, traits));
}

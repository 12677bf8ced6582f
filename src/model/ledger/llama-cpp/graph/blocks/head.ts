import { expandInto, setting, weight, type Build } from "../ggml/build.ts";
import { add, concat, getRows, matrixProduct, operation, scale, unary } from "../ggml/operations.ts";
import { storedTensor, type GraphTensor } from "../ggml/tensor.ts";
import { norm } from "./stream/norm.ts";
import type { Traits } from "./traits.ts";

/** The last norm and the product with the vocabulary: both stay until they are read. */
export function headPart(build: Build, stream: GraphTensor, traits: Traits, places: GraphTensor): void {
  const always = traits.norm === "layer" || traits.plainNorm === true;
  const name = traits.lastNorm ?? "output_norm";
  const scaling = weight(build, `${name}.weight`);
  const normalized = (value: GraphTensor): GraphTensor =>
    scaling === undefined && !always
      ? value
      : norm(value, traits.norm ?? "rms", scaling, weight(build, `${name}.bias`));
  let normed: GraphTensor;
  if (traits.rowsOnly === true) normed = getRows(stream, places);
  else if (traits.lateRows === undefined) normed = normalized(stream);
  else {
    const kept = traits.lateRows === "hidden" ? stream : normalized(stream);
    kept.output = true;
    const rows = getRows(kept, places);
    normed = traits.lateRows === "hidden" ? normalized(rows) : rows;
  }
  normed.output = true;
  if (traits.headless === true) {
    expandInto(build, normed);
    return;
  }
  if (traits.scalesBeforeHead === true) normed = scale(normed);
  // a shared embedding is multiplied where the output layer lies, whatever holds the one that is looked up
  const shared = (): GraphTensor => storedTensor([build.width, build.vocabulary], "output");
  const matrix = weight(build, "output.weight") ?? shared();
  let logits = matrixProduct(matrix, normed);
  const bias = weight(build, "output.bias");
  if (bias !== undefined) logits = add(logits, bias);
  const scales = traits.logits === "scale" || traits.logits === "scale-and-cap";
  if (scales && (setting(build, "logit_scale") ?? 1) !== 0) logits = scale(logits);
  if (traits.logits === "cap" || (setting(build, "final_logit_softcapping") ?? 0) !== 0) {
    logits = scale(unary(scale(logits)));
  }
  logits = filledUp(build, logits);
  logits.output = true;
  expandInto(build, logits);
}

/** Qwen3-TTS has rows for its own sounds only: the logits are filled up to the vocabulary, the filling first. */
function filledUp(build: Build, logits: GraphTensor): GraphTensor {
  const [rows, outputs] = logits.shape;
  if (build.description.architecture !== "qwen3tts" || rows >= build.vocabulary) return logits;
  const filling = operation("f32", [build.vocabulary - rows, outputs]);
  expandInto(build, filling);
  return concat(logits, filling, 0);
}

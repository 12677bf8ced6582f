import { LoadlineError } from "../../shared/errors.ts";
import type { ModelFile } from "../file/model-file.ts";
import { specFromConfig } from "./config/spec-from-config.ts";
import { specFromGguf } from "./gguf/spec-from-gguf.ts";
import type { Spec } from "./spec.ts";
import { weightsOnly } from "./weights-only.ts";

/**
 * Plain data of a language model from the header of its file.
 * Throws `invalid-data` for a broken one, `unknown-format` for a network of Keras (see `kerasNetwork`).
 */
export function specFromFile(file: ModelFile): Spec {
  if (file.format === "gguf") return specFromGguf(file);
  if (file.format === "config") return specFromConfig(file.name, file.config);
  if (file.format === "keras") {
    throw new LoadlineError(
      "unknown-format",
      `${file.name}: a network of Keras has no tokens; allowed here: GGUF, safetensors, config.json, ONNX`,
      { details: { file: file.name } },
    );
  }
  const tensors = file.tensors.map(({ name, shape, type, bytes }) => ({ name, shape, type, bytes }));
  if (file.format === "onnx")
    return weightsOnly(file, tensors, "all but the weights (ONNX does not say what runs it)");
  if (file.config === undefined)
    return weightsOnly(file, tensors, "all but the weights: there is no config.json beside them");
  return specFromConfig(file.name, file.config, tensors);
}

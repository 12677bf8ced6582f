import { LoadlineError } from "../../shared/errors.ts";
import type { ModelFile } from "../file/header/model-file.ts";
import { describeConfig } from "./config/describe-config.ts";
import { describeGguf } from "./gguf/describe-gguf.ts";
import type { ModelDescription } from "./model-description.ts";
import { weightsOnly } from "./weights-only.ts";

/**
 * Plain data of a language model from the header of its file.
 * Throws `invalid-data` for a broken one, `unknown-format` for a network of Keras (see `kerasNetwork`).
 */
export function describeModel(file: ModelFile): ModelDescription {
  if (file.format === "gguf") return describeGguf(file);
  if (file.format === "config") return describeConfig(file.name, file.config);
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
  return describeConfig(file.name, file.config, tensors);
}

import { LoadlineError } from "../../shared/errors.ts";
import type { ModelFile } from "../file/header/model-file.ts";
import { describeConfig } from "./config/describe-config.ts";
import { describeGguf } from "./gguf/describe-gguf.ts";
import type { ModelDescription } from "./model-description.ts";
import { describeWeightsOnly } from "./weights-only.ts";

const usualName = "config.json";

/** Describes a model from a config.json of any name: an error about a setting names the file that was given. */
function describeConfigFile({
  name,
  config,
}: Extract<ModelFile, { readonly format: "config" }>): ModelDescription {
  try {
    return describeConfig(name, config);
  } catch (error) {
    if (!(error instanceof LoadlineError) || !error.message.startsWith(`${usualName}: `)) throw error;
    throw new LoadlineError(error.code, `${name}${error.message.slice(usualName.length)}`, {
      cause: error,
      details: { ...error.details, file: name },
    });
  }
}

/**
 * Describes a language model from the header of its file.
 * Errors: `invalid-data` for a broken file, `unknown-format` for a Keras network (read it with `kerasNetwork`).
 */
export function describeModel(file: ModelFile): ModelDescription {
  if (file.format === "gguf") return describeGguf(file);
  if (file.format === "config") return describeConfigFile(file);
  if (file.format === "keras") {
    throw new LoadlineError(
      "unknown-format",
      `${file.name}: a Keras network is not a language model; give a GGUF, safetensors, config.json or ONNX file, or read the network with kerasNetwork`,
      { details: { file: file.name } },
    );
  }
  const tensors = file.tensors.map(({ name, shape, type, bytes }) => ({ name, shape, type, bytes }));
  if (file.format === "onnx")
    return describeWeightsOnly(
      file,
      tensors,
      "everything except the weights: an ONNX file does not name the engine that runs it",
    );
  if (file.config === undefined)
    return describeWeightsOnly(
      file,
      tensors,
      "everything except the weights: no config.json next to the safetensors files",
    );
  return describeConfig(file.name, file.config, tensors);
}

import { LoadlineError } from "../../shared/errors.ts";
import type { ByteSource } from "./byte-source.ts";
import { readGguf } from "./gguf.ts";
import { isRecord, readJsonFile } from "./json-header.ts";
import { kerasWeights } from "./keras-weights.ts";
import type { ModelFile } from "./model-file.ts";
import { readOnnx } from "./onnx.ts";
import { readSafetensors, readSafetensorsIndex } from "./safetensors.ts";

async function readJsonModel(source: ByteSource): Promise<ModelFile> {
  const json = await readJsonFile(source);
  if ("weight_map" in json) return readSafetensorsIndex(source, json);
  const topology = json["modelTopology"] ?? (json["class_name"] === undefined ? undefined : json);
  if (isRecord(topology)) {
    return {
      format: "keras",
      name: source.name,
      topology,
      weights: kerasWeights(source.name, json["weightsManifest"]),
    };
  }
  if ("model_type" in json || "architectures" in json)
    return { format: "config", name: source.name, config: json };
  throw new LoadlineError(
    "unknown-format",
    `${source.name}: a JSON file that is no model; allowed: config.json with a model_type, model.safetensors.index.json, a Keras or TensorFlow.js model.json`,
    { details: { file: source.name } },
  );
}

/**
 * The header of a model's file, whatever its format; it is told by its first bytes, then by its name. Weights are not read.
 * Throws `invalid-data` for a broken file and `unknown-format` for one that is no model.
 */
export async function readModelFile(source: ByteSource): Promise<ModelFile> {
  const start = await source.read(0, 16);
  const text = new TextDecoder("latin1").decode(start);
  if (text.startsWith("GGUF")) return readGguf(source);
  const first = text.trimStart()[0];
  if (first === "{" && !source.name.endsWith(".safetensors")) return readJsonModel(source);
  if (source.name.endsWith(".safetensors") || (start.length >= 9 && text[8] === "{"))
    return readSafetensors(source);
  if (source.name.endsWith(".onnx")) return readOnnx(source);
  throw new LoadlineError(
    "unknown-format",
    `${source.name}: its first bytes are of no model; allowed: GGUF, safetensors, config.json, a Keras or TensorFlow.js model.json, ONNX`,
    { details: { file: source.name } },
  );
}

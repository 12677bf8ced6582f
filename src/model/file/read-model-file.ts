import { LoadlineError } from "../../shared/errors.ts";
import { bufferSource } from "./source/buffer-source.ts";
import type { ByteSource } from "./source/byte-source.ts";
import { fileFault } from "../../shared/file-fault.ts";
import { isJsonObject } from "../../shared/json/json-object.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";
import { readGguf } from "./gguf/gguf.ts";
import { parseJsonFile, readJsonFile } from "./header/json-file.ts";
import { readKerasArchive } from "./keras/keras-archive.ts";
import { kerasWeights } from "./keras/keras-weights.ts";
import type { ModelFile } from "./header/model-file.ts";
import { readOnnx } from "./onnx/onnx.ts";
import { readSafetensors, readSafetensorsIndex } from "./safetensors/safetensors-index.ts";

/** First bytes of files that are often mistaken for a model, what they are, and what to do. */
const others: readonly (readonly [start: string, what: string])[] = [
  ["version https://git-lfs", "a Git LFS pointer, not the model itself. Fetch it with git lfs pull"],
  ["<!DOCTYPE", "a web page, not a model. Use the address of the file itself"],
  ["<html", "a web page, not a model. Use the address of the file itself"],
  [
    "\u0089HDF",
    "an HDF5 file (.h5), which is not supported. Save the model as .keras, or the text of model.to_json() as model.json",
  ],
  ["\u0080\u0002", "a Python pickle, which is not supported. Save the model as .safetensors"],
  ["FUGG", "a big-endian GGUF file, allowed: little-endian files"],
];

const allowed = "GGUF, safetensors, config.json, .keras, a Keras or TensorFlow.js model.json, ONNX";

/** Returns the topology itself. TensorFlow.js wraps it in `modelTopology`, Keras in `model_config`, which may be a text. */
function topologyOf(file: string, json: JsonObject): JsonObject | undefined {
  const outer = json["modelTopology"] ?? json;
  if (!isJsonObject(outer)) throw fileFault(file, "its modelTopology is not an object");
  const inner = outer["model_config"];
  if (typeof inner === "string") return parseJsonFile(file, new TextEncoder().encode(inner)).object;
  if (isJsonObject(inner)) return inner;
  return "modelTopology" in json || "class_name" in json ? outer : undefined;
}

async function readJsonModel(source: ByteSource): Promise<ModelFile> {
  const { name } = source;
  const json = (await readJsonFile(source)).object;
  if ("weight_map" in json) return readSafetensorsIndex(source, json);
  const topology = topologyOf(name, json);
  if (topology !== undefined)
    return { format: "keras", name, topology, weights: kerasWeights(name, json["weightsManifest"]) };
  if ("model_type" in json || "architectures" in json) return { format: "config", name, config: json };
  throw new LoadlineError(
    "unknown-format",
    `${name}: a JSON file that is not a model, allowed: config.json with a model_type, model.safetensors.index.json, a Keras or TensorFlow.js model.json`,
    { details: { file: name } },
  );
}

/** Whether bytes may start an ONNX file, which has no magic: a small format number (field 1), then one of the next fields. */
function looksLikeOnnx(start: Uint8Array): boolean {
  const [tag, release = 0, next = 0] = start;
  return (
    tag === 0x08 && release >= 1 && release <= 32 && [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42].includes(next)
  );
}

/**
 * Reads the header of a model's file of any format, recognized by its first bytes, then by its name. Also reads what belongs
 * to the model in the same folder (parts, config.json), never weights. The caller closes the source.
 * Errors: `invalid-data` for a broken file, `unknown-format` for one that is not a model, `not-found` for a missing part.
 */
export async function readModelFile(given: ByteSource): Promise<ModelFile> {
  const source = bufferSource(given);
  const start = await source.read(0, 32);
  const text = String.fromCharCode(...start);
  const name = source.name.toLowerCase();
  if (text.startsWith("GGUF")) return readGguf(source);
  if (text.startsWith("PK\u0003\u0004")) return readKerasArchive(source);
  const other = others.find(([magic]) => text.startsWith(magic))?.[1];
  if (other !== undefined || start.length === 0) {
    throw new LoadlineError("unknown-format", `${source.name}: ${other ?? "the file is empty"}`, {
      details: { file: source.name },
    });
  }
  if (name.endsWith(".safetensors") || (start[7] === 0 && text[8] === "{")) return readSafetensors(source);
  if (name.endsWith(".json") || text.replace("\u00ef\u00bb\u00bf", "").trimStart().startsWith("{"))
    return readJsonModel(source);
  if (name.endsWith(".onnx") || looksLikeOnnx(start)) return readOnnx(source);
  if (name.endsWith(".gguf")) return readGguf(source);
  throw new LoadlineError(
    "unknown-format",
    `${source.name}: its first bytes are not those of a model, allowed: ${allowed}`,
    { details: { file: source.name } },
  );
}

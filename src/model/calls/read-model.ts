import type { ByteSource } from "../file/source/byte-source.ts";
import { openModel } from "../file/location/open-model.ts";
import type { OpenModelOptions } from "../file/location/open-model.ts";
import type { ModelFile } from "../file/header/model-file.ts";
import { readModelFile } from "../file/read-model-file.ts";
import { displayName } from "./display-name.ts";

/** Options that open a model, as opposed to what is counted or planned. */
const openFields = ["fetch", "headers", "signal", "timeoutMs", "hubUrl", "token"] as const;

/** Names of the options that open a model. */
export const openOptionNames: readonly string[] = openFields;

/** Picks the options that open a model. */
export function openOptionsOf(options: OpenModelOptions): OpenModelOptions {
  const { fetch, headers, signal, timeoutMs, hubUrl, token } = options;
  return { fetch, headers, signal, timeoutMs, hubUrl, token };
}

/** Where a model is: a path, a folder, an http(s) URL or `hf:owner/name[@revision][:file]`; or its bytes, as a source. */
export type ModelLocation = string | ByteSource;

/**
 * Reads the header of the model at a location, and gives it a display name. A source that the caller passes in stays open.
 * Errors: those of `openModel` and `readModelFile`.
 */
export async function readModel(location: ModelLocation, options: OpenModelOptions): Promise<ModelFile> {
  if (typeof location !== "string") return await readModelFile(location);
  const source = await openModel(location, openOptionsOf(options));
  try {
    const file = await readModelFile(source);
    return { ...file, name: displayName(location, file.name) };
  } finally {
    await source.close?.();
  }
}

/** Adds up the tensors of the file at a location. */
export async function readTensorBytes(location: string, options: OpenModelOptions): Promise<number> {
  const file = await readModel(location, options);
  const tensors = file.format === "config" ? [] : file.format === "keras" ? file.weights : file.tensors;
  return tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
}

import { LoadlineError } from "../../../shared/errors.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { fileFault, quoteName } from "../../../shared/file-fault.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";
import { readJsonFile } from "../header/json-file.ts";
import { mapInOrder } from "../source/map-in-order.ts";
import type { FileTensor } from "../header/model-file.ts";
import { readConfig, maxSafetensors, readSafetensorsPart } from "./safetensors.ts";
import type { SafetensorsFile } from "./safetensors.ts";

/** Files of one model: published ones have under 200. */
const maxParts = 1024;
/** Characters of a part's name: the limit of most file systems. */
const maxNameLength = 255;

async function readPart(index: ByteSource, name: string): Promise<SafetensorsFile> {
  const part = await index.sibling?.(name);
  if (part === undefined) {
    throw new LoadlineError(
      "not-found",
      `${name}: this part of the model is missing. Put it in the folder of ${index.name}`,
      {
        details: { file: name },
      },
    );
  }
  try {
    return await readSafetensorsPart(part);
  } finally {
    await part.close?.();
  }
}

/** Returns the names of the files in an index, each once. */
function partNames(file: string, map: JsonObject): readonly string[] {
  const names = new Set<string>();
  for (const [tensor, name] of Object.entries(map)) {
    // A path would lead out of the folder.
    if (
      typeof name !== "string" ||
      name.length > maxNameLength ||
      !/^[^/\\\p{Cc}]+\.safetensors$/su.test(name)
    ) {
      const got = typeof name === "string" ? quoteName(name) : `a ${typeof name}`;
      throw fileFault(
        file,
        `${quoteName(tensor)}: got the file ${got}, allowed: *.safetensors in the folder of the index`,
      );
    }
    names.add(name);
    if (names.size > maxParts)
      throw fileFault(file, `names more than ${maxParts} files, allowed: up to ${maxParts}`);
  }
  return [...names];
}

/** Reads a model in several files from its parsed index: the header of each part, and the config.json next to them. */
export async function readSafetensorsIndex(source: ByteSource, index: JsonObject): Promise<SafetensorsFile> {
  const map = index["weight_map"];
  if (!isJsonObject(map)) throw fileFault(source.name, "its weight_map is not an object");
  const parts = await mapInOrder(partNames(source.name, map), (name) => readPart(source, name));
  const tensors = new Map<string, FileTensor>();
  let byteLength: number | undefined = 0;
  for (const part of parts) {
    for (const tensor of part.tensors) {
      if (tensors.has(tensor.name))
        throw fileFault(part.name, `the tensor ${quoteName(tensor.name)} is also in an earlier file`);
      tensors.set(tensor.name, tensor);
      if (tensors.size > maxSafetensors)
        throw fileFault(
          source.name,
          `its files list more than ${maxSafetensors} tensors, allowed: up to ${maxSafetensors}`,
        );
    }
    byteLength =
      part.byteLength === undefined || byteLength === undefined ? undefined : byteLength + part.byteLength;
  }
  const missing = Object.keys(map).find((name) => !tensors.has(name));
  if (missing !== undefined)
    throw fileFault(
      source.name,
      `the index lists the tensor ${quoteName(missing)}, but none of its files has it`,
    );
  return {
    format: "safetensors",
    name: source.name,
    metadata: {},
    tensors: [...tensors.values()],
    config: await readConfig(source),
    parts: parts.length,
    byteLength,
  };
}

const partName = /-\d{5}-of-\d{5}\.safetensors$/u;

/** Reads a safetensors file and the config.json next to it, if there is one. Of a model in parts, reads all of them by their index. */
export async function readSafetensors(source: ByteSource): Promise<SafetensorsFile> {
  if (partName.test(source.name)) {
    const stem = source.name.replace(partName, "");
    const index = await source.sibling?.(`${stem}.safetensors.index.json`);
    if (index !== undefined) {
      try {
        const { object } = await readJsonFile(index);
        return { ...(await readSafetensorsIndex(index, object)), name: source.name };
      } finally {
        await index.close?.();
      }
    }
  }
  const file = await readSafetensorsPart(source);
  return { ...file, config: await readConfig(source) };
}

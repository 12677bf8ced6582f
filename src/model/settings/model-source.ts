import type { ModelDescription } from "../description/model-description.ts";
import { isHubName, parseHubName } from "../file/location/hub-name.ts";

/** Where a model was read from: settings name it so that they can be run as they are. */
export interface ModelSource {
  /** A path, a folder, an http(s) URL or `hf:owner/name[@revision][:file]`. */
  readonly location: string;
  /** Name of the file that was read, where the location is a folder or a repository. */
  readonly fileName?: string | undefined;
}

/** A model at a place that engines know: a repository of the hub, a local path, or an address. */
export type ModelPlace =
  | {
      readonly kind: "hub";
      readonly repository: string;
      readonly revision: string | undefined;
      /** Path of the GGUF in the repository, where one was named or read. */
      readonly file: string | undefined;
      /** Quantization that was named in place of a file, such as Q4_K_M. */
      readonly quantization: string | undefined;
    }
  | { readonly kind: "path"; readonly folder: string; readonly file: string | undefined }
  | { readonly kind: "url"; readonly url: string; readonly file: string };

const fileEnding = /\.(?:gguf|safetensors|json|onnx|keras)$/iu;

/** Writes a path so that no engine takes it for a repository's name: `./folder`. */
function localPath(path: string): string {
  if (path === "" || path === ".") return ".";
  return /^(?:\.{0,2}\/|\.\.$|[a-z]:[\\/])/iu.test(path) ? path : `./${path}`;
}

function hubPlace({ location, fileName }: ModelSource): ModelPlace {
  const { owner, model, revision, file } = parseHubName(location);
  const repository = `${owner}/${model}`;
  const read = fileName !== undefined && /\.gguf$/iu.test(fileName) ? fileName : undefined;
  if (file === undefined) return { kind: "hub", repository, revision, file: read, quantization: undefined };
  if (fileEnding.test(file)) return { kind: "hub", repository, revision, file, quantization: undefined };
  if (/^[\w-]+$/u.test(file) && read !== undefined)
    return { kind: "hub", repository, revision, file: undefined, quantization: file };
  const inFolder = read === undefined ? undefined : `${file.replace(/\/$/u, "")}/${read}`;
  return { kind: "hub", repository, revision, file: inFolder, quantization: undefined };
}

/** Finds the place of a source. */
export function placeOf(source: ModelSource): ModelPlace {
  const { location, fileName } = source;
  if (isHubName(location)) return hubPlace(source);
  if (/^https?:\/\//iu.test(location)) {
    const file = new URL(location).pathname.split("/").at(-1) ?? "";
    return { kind: "url", url: location, file: file === "" ? "model" : decodeURIComponent(file) };
  }
  const path = localPath(location.replace(/(?<=.)[\\/]+$/u, ""));
  if (!fileEnding.test(path)) {
    const file = fileName !== undefined && fileEnding.test(fileName) ? fileName : undefined;
    return { kind: "path", folder: path, file };
  }
  const at = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return { kind: "path", folder: path.slice(0, at) || "/", file: path.slice(at + 1) };
}

/** Returns the name of the model without folders and ending, for files to be made. */
export function baseNameOf(place: ModelPlace): string {
  if (place.kind === "hub") return place.repository.split("/").at(-1) ?? "model";
  const plain = /^(?:config|model|model\.safetensors\.index|model-\d+-of-\d+)\.(?:json|safetensors|onnx)$/iu;
  const file = place.file === undefined || plain.test(place.file) ? undefined : place.file;
  const folder = place.kind === "path" ? place.folder.split(/[\\/]/u).at(-1) : undefined;
  const name = file?.replace(fileEnding, "") ?? folder;
  return name === undefined || /^\.*$/u.test(name) ? "model" : name;
}

/** A folder with the model's files, and what has to be done before it is there. */
export interface LocalFolder {
  readonly folder: string;
  readonly notes: readonly string[];
}

/** Returns the folder that holds the model: its own, or one to download into. */
export function folderOf(place: ModelPlace, description: ModelDescription): LocalFolder {
  if (place.kind === "path") {
    const isAlone = description.format === "config";
    return {
      folder: place.folder,
      notes: isAlone
        ? [`${place.folder} must hold the weights (*.safetensors) and the tokenizer next to config.json`]
        : [],
    };
  }
  const folder = `./${baseNameOf(place)}`;
  const from = place.kind === "hub" ? place.repository : place.url.replace(/\/[^/]*$/u, "");
  const revision =
    place.kind === "hub" && place.revision !== undefined ? ` --revision ${place.revision}` : "";
  return {
    folder,
    notes: [
      place.kind === "hub"
        ? `download it first: hf download ${from}${revision} --local-dir ${folder}`
        : `download all files of ${from} into ${folder} first`,
    ],
  };
}

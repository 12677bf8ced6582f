import type { ModelDescription } from "../description/model-description.ts";
import { baseNameOf, folderOf, placeOf } from "./model-source.ts";
import type { ModelPlace, ModelSource } from "./model-source.ts";

/** How a command line names the model it loads. */
export interface ModelLoad {
  /** Words of the command, such as `-m` and a path. */
  readonly words: readonly string[];
  /** What has to be done first. */
  readonly notes: readonly string[];
}

/** Returns the path of a local GGUF. Where no file is known the path is the file's own. */
function pathOfGguf({ folder, file }: Extract<ModelPlace, { readonly kind: "path" }>): string {
  return file === undefined ? folder : `${folder === "/" ? "" : folder}/${file}`;
}

/** Names the GGUF that was read, as llama-server takes it. */
function existingGguf(place: ModelPlace): ModelLoad {
  if (place.kind === "url") return { words: ["-mu", place.url], notes: [] };
  if (place.kind === "path") return { words: ["-m", pathOfGguf(place)], notes: [] };
  const notes =
    place.revision === undefined
      ? []
      : [`llama-server downloads the repository's main revision, not ${place.revision}`];
  if (place.quantization !== undefined)
    return { words: ["-hf", `${place.repository}:${place.quantization}`], notes };
  const file = place.file === undefined ? [] : ["-hff", place.file];
  return { words: ["-hf", place.repository, ...file], notes };
}

/** Returns what llama-quantize reads: the GGUF itself, or one that is made from the model's folder. */
function sourceGguf(
  place: ModelPlace,
  description: ModelDescription,
): { readonly path: string; readonly notes: readonly string[] } {
  if (description.format !== "gguf") {
    const { folder, notes } = folderOf(place, description);
    const path = `./${baseNameOf(place)}-bf16.gguf`;
    const convert = `llama.cpp loads GGUF; make it with python convert_hf_to_gguf.py ${folder} --outfile ${path} --outtype bf16`;
    return { path, notes: [...notes, convert] };
  }
  if (place.kind === "path") return { path: pathOfGguf(place), notes: [] };
  if (place.kind === "url") return { path: `./${place.file}`, notes: [`download ${place.url} first`] };
  const file = place.file ?? `${baseNameOf(place)}.gguf`;
  return {
    path: `./${file}`,
    notes: [`download it first: hf download ${place.repository} ${file} --local-dir .`],
  };
}

/**
 * Names the model for llama-server: the GGUF that was read. Where the plan needs lower precision, or the model is not a GGUF,
 * it names the file to make and how to make it.
 */
export function llamaCppLoad(
  source: ModelSource,
  description: ModelDescription,
  weightType: string | undefined,
): ModelLoad {
  const place = placeOf(source);
  if (description.format === "gguf" && weightType === undefined) return existingGguf(place);
  const { path, notes } = sourceGguf(place, description);
  if (weightType === undefined) return { words: ["-m", path], notes };
  const quantized = `./${baseNameOf(place)}-${weightType}.gguf`;
  const command = `llama-quantize ${path} ${quantized} ${weightType.toUpperCase()}`;
  return {
    words: ["-m", quantized],
    notes: [...notes, `the plan needs the weights in ${weightType}; make them with ${command}`],
  };
}

/** Names the model for `vllm serve`: a repository of the hub, or a folder that holds the model's files. */
export function vllmLoad(source: ModelSource, description: ModelDescription): ModelLoad {
  const place = placeOf(source);
  if (description.format === "gguf") {
    const { path, notes } = sourceGguf(place, description);
    return {
      words: [path],
      notes: [
        ...notes,
        "vLLM reads GGUF experimentally; add --tokenizer with the repository of the base model",
      ],
    };
  }
  const onnx =
    description.format === "onnx"
      ? ["vLLM does not load ONNX: it needs the safetensors of the same model"]
      : [];
  if (place.kind === "hub")
    return {
      words: [place.repository, ...(place.revision === undefined ? [] : ["--revision", place.revision])],
      notes: onnx,
    };
  const { folder, notes } = folderOf(place, description);
  return { words: [folder], notes: [...notes, ...onnx] };
}

/** Names the model for `from_pretrained` of transformers: arguments of the call, each a line of Python. */
export function transformersLoad(source: ModelSource, description: ModelDescription): ModelLoad {
  const place = placeOf(source);
  const isGguf = description.format === "gguf";
  if (place.kind === "hub") {
    const file = isGguf && place.file !== undefined ? [`gguf_file=${JSON.stringify(place.file)}`] : [];
    const revision = place.revision === undefined ? [] : [`revision=${JSON.stringify(place.revision)}`];
    return { words: [JSON.stringify(place.repository), ...revision, ...file], notes: [] };
  }
  const { folder, notes } = folderOf(place, description);
  const file = isGguf && place.file !== undefined ? [`gguf_file=${JSON.stringify(place.file)}`] : [];
  return { words: [JSON.stringify(folder), ...file], notes };
}

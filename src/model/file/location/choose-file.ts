import { LoadlineError } from "../../../shared/errors.ts";

/** A part after the first of a split model. The first one leads to all others. */
const laterPart = /-(?!00001)\d{5}-of-\d{5}\.gguf$/u;
/** GGUF files that belong to a model but are not models: image encoders, importance matrices. */
const companion = /mmproj|imatrix/iu;

/** Files looked for after GGUF, the most informative first. */
const order = ["model.safetensors.index.json", "model.safetensors", "config.json", "model.json"] as const;

/** Names that a message lists. */
const maxListed = 12;

function listOf(names: readonly string[]): string {
  const shown = names.slice(0, maxListed).join(", ");
  return names.length > maxListed ? `${shown} and ${names.length - maxListed} more` : shown;
}

function severalFiles(folder: string, names: readonly string[]): LoadlineError {
  const example = `${folder}${folder.startsWith("hf:") ? ":" : "/"}${names[0]}`;
  return new LoadlineError(
    "invalid-option",
    `${folder}: has ${names.length} models. Name one, as in ${example}: ${listOf(names)}`,
    { details: { folder, files: names } },
  );
}

/** Returns the GGUF models in a list of files; of a split model its first part. */
function ggufModels(names: readonly string[]): readonly string[] {
  return names
    .filter((name) => name.endsWith(".gguf") && !laterPart.test(name) && !companion.test(name))
    .sort();
}

/**
 * Returns the most informative file of a folder with one model: its GGUF, safetensors index, safetensors, config.json or
 * model.json, otherwise its only file of safetensors, Keras or ONNX.
 * Errors: `invalid-option` if several qualify, with their names; `not-found` if none does.
 */
export function chooseFile(folder: string, names: readonly string[]): string {
  const models = ggufModels(names);
  if (models.length > 1) throw severalFiles(folder, models);
  const known = models[0] ?? order.find((name) => names.includes(name));
  if (known !== undefined) return known;
  const rest = names.filter((name) => /\.(?:safetensors|keras|onnx)$/u.test(name)).sort();
  if (rest.length > 1) throw severalFiles(folder, rest);
  const [only] = rest;
  if (only !== undefined) return only;
  throw new LoadlineError(
    "not-found",
    `${folder}: has no model. Looked for *.gguf, ${order.join(", ")}, *.safetensors, *.keras, *.onnx`,
    { details: { folder } },
  );
}

/** Whether a name has a quantization between two delimiters: `Q4_K_M` in `m-Q4_K_M.gguf`, but not in `m-Q4_K_M_L.gguf`. */
function hasQuantization(name: string, letters: string): boolean {
  const lower = `/${name.toLowerCase()}/`;
  for (let at = lower.indexOf(letters); at >= 0; at = lower.indexOf(letters, at + 1)) {
    const delimiters = "-./";
    if (delimiters.includes(lower[at - 1] ?? "") && delimiters.includes(lower[at + letters.length] ?? ""))
      return true;
  }
  return false;
}

/** Returns the files with a quantization. Prefers plain ones to variants with `UD-` before it. */
function filesWithQuantization(models: readonly string[], letters: string): readonly string[] {
  const tagged = models.filter((name) => hasQuantization(name, letters));
  const plain = tagged.filter((name) => !hasQuantization(name, `ud-${letters}`));
  return plain.length > 0 ? plain : tagged;
}

/**
 * Returns the file that a user named: by its path, a GGUF by its quantization (`Q4_K_M`), or by a subfolder, from which
 * `chooseFile` picks. Errors: `not-found` with the files there are; `invalid-option` if several have the quantization.
 */
export function findFile(folder: string, names: readonly string[], wanted: string): string {
  if (names.includes(wanted)) return wanted;
  const models = ggufModels(names);
  const tagged = filesWithQuantization(models, wanted.toLowerCase());
  if (tagged.length > 1) throw severalFiles(folder, tagged);
  const [only] = tagged;
  if (only !== undefined) return only;
  const within = `${wanted.replace(/\/+$/u, "")}/`;
  const inside = names.filter((name) => name.startsWith(within)).map((name) => name.slice(within.length));
  if (inside.length > 0) return within + chooseFile(`${folder}/${within.slice(0, -1)}`, inside);
  const there =
    models.length > 0 ? models : names.filter((name) => /\.(?:safetensors|json|keras|onnx)$/u.test(name));
  throw new LoadlineError(
    "not-found",
    `${folder}: has no file ${JSON.stringify(wanted)}. It has ${there.length === 0 ? "no models" : listOf(there)}`,
    { details: { folder, file: wanted } },
  );
}

import { LoadlineError } from "../../shared/errors.ts";

/** A part after the first of a split model, from which the others are found too. */
const laterPart = /-(?!00001)\d{5}-of-\d{5}\.gguf$/u;
/** GGUF files that go with a model and are none: image encoders, importance matrices. */
const companion = /mmproj|imatrix/iu;

/** What is looked for after GGUF, in this order: the first tells most. */
const order = ["model.safetensors.index.json", "model.safetensors", "config.json", "model.json"] as const;

/** Most names that a message lists. */
const maxListed = 12;

function listOf(names: readonly string[]): string {
  const shown = names.slice(0, maxListed).join(", ");
  return names.length > maxListed ? `${shown} and ${names.length - maxListed} more` : shown;
}

function severalFiles(folder: string, names: readonly string[]): LoadlineError {
  return new LoadlineError(
    "invalid-option",
    `${folder}: has ${names.length} models, name one: ${listOf(names)}`,
    { details: { folder, files: names } },
  );
}

/** GGUF models of a list of files; of a split one its first part. */
function ggufModels(names: readonly string[]): readonly string[] {
  return names
    .filter((name) => name.endsWith(".gguf") && !laterPart.test(name) && !companion.test(name))
    .sort();
}

/**
 * The file that tells most about a folder's model: the one GGUF, the index of safetensors, safetensors, config.json,
 * model.json, else the one file of safetensors or ONNX. Throws `invalid-option` where several would do, and lists them;
 * `not-found` where none does.
 */
export function chooseFile(folder: string, names: readonly string[]): string {
  const models = ggufModels(names);
  if (models.length > 1) throw severalFiles(folder, models);
  const known = models[0] ?? order.find((name) => names.includes(name));
  if (known !== undefined) return known;
  const rest = names.filter((name) => /\.(?:safetensors|onnx)$/u.test(name)).sort();
  if (rest.length > 1) throw severalFiles(folder, rest);
  const [only] = rest;
  if (only !== undefined) return only;
  throw new LoadlineError(
    "not-found",
    `${folder}: has no model; looked for *.gguf, ${order.join(", ")}, *.safetensors, *.onnx`,
    { details: { folder } },
  );
}

/**
 * The file of a folder that a user named: by its path, or a GGUF by its quantization (`Q4_K_M`).
 * Throws `not-found`, which lists what is there, and `invalid-option` where several have it.
 */
export function findFile(folder: string, names: readonly string[], wanted: string): string {
  if (names.includes(wanted)) return wanted;
  const letters = wanted.toLowerCase();
  const models = ggufModels(names);
  const tagged = models.filter((name) => name.toLowerCase().split(/[-./]/u).includes(letters));
  if (tagged.length > 1) throw severalFiles(folder, tagged);
  const [only] = tagged;
  if (only !== undefined) return only;
  const there =
    models.length > 0 ? models : names.filter((name) => /\.(?:safetensors|json|onnx)$/u.test(name));
  throw new LoadlineError(
    "not-found",
    `${folder}: has no file ${JSON.stringify(wanted)}; there are ${there.length === 0 ? "no models" : listOf(there)}`,
    { details: { folder, file: wanted } },
  );
}

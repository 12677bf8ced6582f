import { LoadlineError } from "../../../shared/errors.ts";

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
  const example = `${folder}${folder.startsWith("hf:") ? ":" : "/"}${names[0]}`;
  return new LoadlineError(
    "invalid-option",
    `${folder}: has ${names.length} models, name one, as in ${example}: ${listOf(names)}`,
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
 * model.json, else the one file of safetensors, Keras or ONNX. Throws `invalid-option` where several would do, and lists them;
 * `not-found` where none does.
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
    `${folder}: has no model; looked for *.gguf, ${order.join(", ")}, *.safetensors, *.keras, *.onnx`,
    { details: { folder } },
  );
}

/** True where a name has a quantization between two marks: `Q4_K_M` in `m-Q4_K_M.gguf`, and not in `m-Q4_K_M_L.gguf`. */
function isTagged(name: string, letters: string): boolean {
  const lower = `/${name.toLowerCase()}/`;
  for (let at = lower.indexOf(letters); at >= 0; at = lower.indexOf(letters, at + 1)) {
    const marks = "-./";
    if (marks.includes(lower[at - 1] ?? "") && marks.includes(lower[at + letters.length] ?? "")) return true;
  }
  return false;
}

/** Files with a quantization; where both are there, not the variants that put `UD-` before it. */
function taggedFiles(models: readonly string[], letters: string): readonly string[] {
  const tagged = models.filter((name) => isTagged(name, letters));
  const plain = tagged.filter((name) => !isTagged(name, `ud-${letters}`));
  return plain.length > 0 ? plain : tagged;
}

/**
 * The file of a folder that a user named: by its path, a GGUF by its quantization (`Q4_K_M`), or the one that `chooseFile` picks
 * from a folder within. Throws `not-found`, which lists what is there, and `invalid-option` where several have it.
 */
export function findFile(folder: string, names: readonly string[], wanted: string): string {
  if (names.includes(wanted)) return wanted;
  const models = ggufModels(names);
  const tagged = taggedFiles(models, wanted.toLowerCase());
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
    `${folder}: has no file ${JSON.stringify(wanted)}; there are ${there.length === 0 ? "no models" : listOf(there)}`,
    { details: { folder, file: wanted } },
  );
}

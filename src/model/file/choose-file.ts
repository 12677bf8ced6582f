import { LoadlineError } from "../../shared/errors.ts";

const laterPart = /-(?!00001)\d{5}-of-\d{5}\.gguf$/u;
const projector = /mmproj/u;

/** Most names that a message lists. */
const listed = 12;

/**
 * The file that tells most about a folder's model: the one GGUF, the index of safetensors, safetensors, config.json,
 * model.json, ONNX. Throws `invalid-option` where several would do, and `not-found` where none does.
 */
export function chooseFile(folder: string, names: readonly string[]): string {
  const models = names
    .filter((name) => name.endsWith(".gguf") && !laterPart.test(name) && !projector.test(name))
    .sort();
  if (models.length === 1) return models[0] as string;
  if (models.length > 1) {
    const shown = models.slice(0, listed).join(", ");
    throw new LoadlineError(
      "invalid-option",
      `${folder}: has ${models.length} models, name one: ${shown}${models.length > listed ? ", …" : ""}`,
      { details: { folder, files: models } },
    );
  }
  const order = ["model.safetensors.index.json", "model.safetensors", "config.json", "model.json"];
  const found =
    order.find((name) => names.includes(name)) ??
    names.filter((name) => /\.(?:safetensors|onnx)$/u.test(name)).sort()[0];
  if (found !== undefined) return found;
  throw new LoadlineError(
    "not-found",
    `${folder}: has no model; looked for *.gguf, ${order.join(", ")}, *.onnx`,
    {
      details: { folder },
    },
  );
}

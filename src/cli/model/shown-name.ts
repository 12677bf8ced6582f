/** Names that every model's file has: they tell nothing of the model. */
const plainNames: ReadonlySet<string> = new Set([
  "config.json",
  "model.json",
  "model.safetensors",
  "model.safetensors.index.json",
  "model.onnx",
]);

/** A model's name for a reader: its own, or that of its folder or repository where the file's says nothing. */
export function shownName(location: string, name: string): string {
  if (!plainNames.has(name)) return name;
  const parts = location
    .replace(/[?#].*$/u, "")
    .split("/")
    .filter((part) => part !== "" && part !== "." && part !== ".." && !plainNames.has(part));
  return location.startsWith("hf:") ? location.slice(3) : (parts.at(-1) ?? name);
}

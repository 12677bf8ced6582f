/** File names that do not tell one model from another. */
const plainNames: ReadonlySet<string> = new Set([
  "config.json",
  "model.json",
  "model.safetensors",
  "model.safetensors.index.json",
  "model.onnx",
]);

/** Returns a model's name for a reader: its file's, or that of its folder or repository where the file has a common name. */
export function displayName(location: string, fileName: string): string {
  if (!plainNames.has(fileName)) return fileName;
  const parts = location
    .replace(/[?#].*$/u, "")
    .split("/")
    .filter((part) => part !== "" && part !== "." && part !== ".." && !plainNames.has(part));
  return location.startsWith("hf:") ? location.slice(3) : (parts.at(-1) ?? fileName);
}

import type { ModelDescription } from "../description/model-description.ts";

/** The engine's own name of the model: the hub's for `hf:`, the file otherwise. */
export function modelReference(location: string, description: ModelDescription): string {
  const hub = /^hf:([^@:]+)/u.exec(location)?.[1];
  if (hub !== undefined) return hub;
  return (
    location.replace(/\/(?:config\.json|model\.safetensors(?:\.index\.json)?)$/u, "") || description.name
  );
}

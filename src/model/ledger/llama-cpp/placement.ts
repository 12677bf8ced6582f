import type { ModelDescription, TensorDescription } from "../../description/model-description.ts";
import { partOf } from "./graph/ggml/build.ts";
import type { CheckedLlamaCppOptions } from "./options.ts";

/** The host, which holds everything that is not offloaded. */
export const host = "host";

/** Device of each layer, and of the output layer. */
export interface Placement {
  readonly layers: readonly string[];
  readonly output: string;
}

/**
 * Places layers on devices (llama.cpp v0.5.0, `load_tensors`): the last `gpuLayers` layers, including the output
 * layer, go to accelerators in shares of `tensorSplit`. The token embedding never does.
 */
export function placeLayers(description: ModelDescription, options: CheckedLlamaCppOptions): Placement {
  const count = description.layers.length;
  const active = Math.min(options.gpuLayers, count + 1);
  const first = Math.max(count + 1 - options.gpuLayers, 0);
  const total = options.tensorSplit.reduce((sum, share) => sum + share, 0);
  let running = 0;
  const ends = options.tensorSplit.map((share) => {
    running += share;
    return total === 0 ? 1 : running / total;
  });
  const deviceOf = (layer: number): string => {
    if (options.devices === 0 || layer < first || layer - first >= active) return host;
    const share = (layer - first) / active;
    const index = ends.findIndex((end) => end > share);
    return `gpu${index === -1 ? options.devices - 1 : index}`;
  };
  return { layers: description.layers.map((_, layer) => deviceOf(layer)), output: deviceOf(count) };
}

/** Returns the device of a tensor: by override, by its layer, or with the output. The embedding stays on the host. */
export function deviceOfTensor(
  tensor: TensorDescription,
  placement: Placement,
  overrides: CheckedLlamaCppOptions["overrides"],
): string {
  for (const { pattern, device } of overrides) if (pattern.test(tensor.name)) return device;
  const part = partOf(tensor.name);
  if (part === "output") return placement.output;
  return part === undefined ? host : (placement.layers[part] ?? host);
}

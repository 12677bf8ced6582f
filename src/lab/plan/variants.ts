import { elementsOf, inferShapes } from "../network/shapes.ts";
import type { Layer, Network } from "../network/layer.ts";

/** A smaller network, and the change that makes it smaller. */
export interface Variant {
  readonly network: Network;
  readonly change: string;
}

/** Finds the layers whose output has the shape of their input, so that they can be dropped. */
function findRemovable(network: Network): readonly number[] {
  const shapes = inferShapes(network);
  return network.layers.flatMap((layer, index) => {
    const same = shapes[index]?.dimensions.join() === shapes[index + 1]?.dimensions.join();
    const holds = layer.type === "residual" || layer.type === "dense" || layer.type === "conv2d";
    return same && holds && index < network.layers.length - 1 ? [index] : [];
  });
}

/** Finds dense layers before another dense layer, which can take their input. */
function findBridgeable(network: Network): readonly number[] {
  return network.layers.flatMap((layer, index) => {
    const next = network.layers[index + 1]?.type;
    return layer.type === "dense" && next === "dense" ? [index] : [];
  });
}

/** Lists the networks with one layer less, the smallest layer first. */
export function dropLayers(network: Network): readonly Variant[] {
  const places = [...new Set([...findRemovable(network), ...findBridgeable(network)])];
  const shapes = inferShapes(network);
  const size = (index: number): number => elementsOf(shapes[index + 1]?.dimensions ?? []);
  return places
    .toSorted((a, b) => size(a) - size(b) || b - a)
    .map((index) => ({
      network: { ...network, layers: network.layers.filter((_, place) => place !== index) },
      change: `without layers.${index} (${network.layers[index]?.type ?? ""})`,
    }));
}

function scaleWidth(value: number, share: number): number {
  return Math.max(1, Math.round(value * share));
}

/** Narrows a dense or convolutional layer; other layers stay as they are. */
function narrowLayer(layer: Layer, share: number): Layer {
  if (layer.type === "dense") return { ...layer, units: scaleWidth(layer.units, share) };
  if (layer.type === "conv2d") return { ...layer, filters: scaleWidth(layer.filters, share) };
  return layer;
}

/**
 * Narrows the inner dense and convolutional layers of a network; the last one's width belongs to the task.
 * Undefined if residual or attention layers tie widths together.
 */
export function narrow(network: Network, share: number): Variant | undefined {
  const last = network.layers.findLastIndex((layer) => layer.type === "dense" || layer.type === "conv2d");
  if (network.layers.some((layer) => layer.type === "residual" || layer.type === "multiHeadAttention")) {
    return undefined;
  }
  const layers = network.layers.map((layer, index) => (index === last ? layer : narrowLayer(layer, share)));
  return {
    network: { ...network, layers },
    change: `inner layers at ${share * 100} % of their width`,
  };
}

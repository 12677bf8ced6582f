import { elementsOf, inferShapes } from "../network/shapes.ts";
import type { Layer, Network } from "../network/layer.ts";

/** A network that is smaller than another, and what was done to it. */
export interface Variant {
  readonly network: Network;
  readonly what: string;
}

/** Layers that may go without changing a shape: the same comes out as goes in. */
function removable(network: Network): readonly number[] {
  const shapes = inferShapes(network);
  return network.layers.flatMap((layer, index) => {
    const same = shapes[index]?.dimensions.join() === shapes[index + 1]?.dimensions.join();
    const holds = layer.type === "residual" || layer.type === "dense" || layer.type === "conv2d";
    return same && holds && index < network.layers.length - 1 ? [index] : [];
  });
}

/** Dense layers between others: without one, the next takes what it took. */
function bridgeable(network: Network): readonly number[] {
  return network.layers.flatMap((layer, index) => {
    const next = network.layers[index + 1]?.type;
    return layer.type === "dense" && next === "dense" ? [index] : [];
  });
}

/** The networks with one layer less, the least work lost first: layers that keep the shape, then dense layers before another. */
export function shallower(network: Network): readonly Variant[] {
  const places = [...new Set([...removable(network), ...bridgeable(network)])];
  const shapes = inferShapes(network);
  const size = (index: number): number => elementsOf(shapes[index + 1]?.dimensions ?? []);
  return places
    .toSorted((a, b) => size(a) - size(b) || b - a)
    .map((index) => ({
      network: { ...network, layers: network.layers.filter((_, place) => place !== index) },
      what: `without layers.${index} (${network.layers[index]?.type ?? ""})`,
    }));
}

function scaled(value: number, share: number): number {
  return Math.max(1, Math.round(value * share));
}

/** Whether a layer's width is free: nothing after it demands it. The last layer's is what the task wants. */
function narrowLayer(layer: Layer, share: number): Layer {
  if (layer.type === "dense") return { ...layer, units: scaled(layer.units, share) };
  if (layer.type === "conv2d") return { ...layer, filters: scaled(layer.filters, share) };
  return layer;
}

/** A network whose inner dense and convolutional layers have a share of their width. Undefined where residual layers tie widths. */
export function narrower(network: Network, share: number): Variant | undefined {
  const last = network.layers.findLastIndex((layer) => layer.type === "dense" || layer.type === "conv2d");
  if (network.layers.some((layer) => layer.type === "residual" || layer.type === "multiHeadAttention")) {
    return undefined;
  }
  const layers = network.layers.map((layer, index) => (index === last ? layer : narrowLayer(layer, share)));
  return {
    network: { ...network, layers },
    what: `inner layers at ${share * 100} % of their width`,
  };
}

import type { ModelDescription } from "../../description/model-description.ts";
import type { ByteItem } from "../byte-ledger.ts";
import { layerCaches, layerStates } from "./cache.ts";
import type { LayerCache } from "./cache.ts";
import { engineName } from "./engine-name.ts";
import type { EngineRun } from "./engine-run.ts";
import { host } from "./placement.ts";

/** Caches of one kind on one device. */
interface Group {
  bytes: number | undefined;
  layers: number;
  cells: number;
}

function addTo(groups: Map<string, Group>, key: string, bytes: number | undefined, cells: number): void {
  const group = groups.get(key) ?? { bytes: 0, layers: 0, cells };
  group.bytes = group.bytes === undefined || bytes === undefined ? undefined : group.bytes + bytes;
  group.layers++;
  groups.set(key, group);
}

function bytesOf(cache: LayerCache): number | undefined {
  const { keyBytes, valueBytes } = cache;
  return keyBytes === undefined || valueBytes === undefined ? undefined : keyBytes + valueBytes;
}

function formulaOf(description: ModelDescription, kind: string): string {
  if (kind === "indexer") return "cells x row(key type, indexer width)";
  if (kind === "compressed") return "cells / tokens of a row x row(key type, key width)";
  if (kind === "compressor") return "4 x sequences x rows x (values + scores)";
  const latent = description.layers.some((layer) => layer.attention?.latent !== undefined);
  if (latent) return "cells x row(key type, latent rank + rotated width)";
  return "cells x (row(key type, heads x key width) + row(value type, heads x value width))";
}

/** Labels by kind of cache. */
const labels: Readonly<Record<string, string>> = {
  full: "keys and values",
  window: "keys and values of layers with a window",
  indexer: "keys of the sparse attention's indexer",
  compressed: "rows of several tokens each",
  compressor: "incomplete rows",
};

/** Returns the caches by device: of layers without a window, of layers with one, and of indexers. */
export function cacheItems({ description, options, sizes, placement }: EngineRun): readonly ByteItem[] {
  const groups = new Map<string, Group>();
  for (const cache of layerCaches(description, options.context, sizes)) {
    const device = options.offloadCache ? (placement.layers[cache.layer] ?? host) : host;
    addTo(groups, `${device} ${cache.windowed ? "window" : "full"}`, bytesOf(cache), cache.cells);
    for (const [kind, bytes] of [
      ["indexer", cache.indexerBytes],
      ["compressed", cache.compressedBytes],
      ["compressor", cache.compressorBytes],
    ] as const)
      if (bytes !== undefined) addTo(groups, `${device} ${kind}`, bytes, cache.cells);
  }
  const { context } = options;
  const items = [...groups].map(([key, group]): ByteItem => {
    const [device = host, kind = "full"] = key.split(" ");
    return {
      kind: "kv-cache",
      label: labels[kind] ?? kind,
      device,
      phase: "load",
      bytes: group.bytes,
      formula: `${formulaOf(description, kind)}, over layers`,
      inputs: {
        layers: group.layers,
        cells: group.cells,
        streams: sizes.streams,
        keyType: context.keyType,
        valueType: context.valueType,
      },
      engine: engineName,
      confidence: group.bytes === undefined ? "unknown" : description.known ? "exact" : "derived",
      ...(group.bytes === undefined
        ? { note: "the width of a head is not a multiple of the type's block: llama.cpp refuses this type" }
        : {}),
    };
  });
  const unsized = hasUnsizedState(description);
  if (!unsized && (description.known || description.unknown.length === 0)) return items;
  return [...items, unknownCache(description)];
}

/** Returns true if a layer keeps a state whose size the file does not give. */
export function hasUnsizedState(description: ModelDescription): boolean {
  return description.layers.some(
    ({ kind, recurrent }) => recurrent === undefined && (kind === "recurrent" || kind === "both"),
  );
}

/** Returns the item for what an unknown family may cache in addition. */
function unknownCache(description: ModelDescription): ByteItem {
  return {
    kind: "kv-cache",
    label: `what the family ${description.architecture} may cache in addition`,
    device: host,
    phase: "load",
    bytes: undefined,
    formula: "not known",
    inputs: { unknown: description.unknown.join("; ") },
    engine: engineName,
    confidence: "unknown",
  };
}

/** Returns the recurrent state by device. */
export function stateItems({ description, options, placement }: EngineRun): readonly ByteItem[] {
  const { sequences } = options.context;
  const groups = new Map<string, Group>();
  for (const state of layerStates(description, sequences)) {
    const device = options.offloadCache ? (placement.layers[state.layer] ?? host) : host;
    addTo(groups, device, state.bytes, sequences);
  }
  return [...groups].map(([device, group]): ByteItem => ({
    kind: "recurrent-state",
    label: "recurrent state",
    device,
    phase: "load",
    bytes: group.bytes,
    formula: "layers x sequences x 4 x (convolution + state elements)",
    inputs: { layers: group.layers, sequences },
    engine: engineName,
    confidence: description.known ? "exact" : "derived",
  }));
}

import { MiB } from "../../../shared/units.ts";
import type { ByteItem } from "../byte-ledger.ts";
import { layerCaches, layerStates } from "./cache.ts";
import { engineName } from "./engine-name.ts";
import type { EngineRun } from "./engine-run.ts";
import { isQuantizedCache } from "./graph/ggml/cache-type-rows.ts";
import { host } from "./placement.ts";

/** A CUDA context with llama.cpp's kernels. Published logs: 320 to 500 MiB (453 in pull request 15860). */
const deviceContextBytes = 450 * MiB;
/** Workspace of cuBLAS on each device. */
const libraryBytes = 8 * MiB;

/** Bytes that each accelerator holds in addition to the buffers that llama.cpp allocates. */
export const runtimeBytes: number = deviceContextBytes + libraryBytes;

function deviceItems(devices: number): readonly ByteItem[] {
  const item = (index: number, label: string, bytes: number, note: string): ByteItem => ({
    kind: "runtime",
    label,
    device: `gpu${index}`,
    phase: "load",
    bytes,
    formula: "from published logs",
    inputs: { MiB: bytes / MiB },
    engine: engineName,
    confidence: "calibrated",
    note,
  });
  return Array.from({ length: devices }, (_, index) => [
    item(index, "driver context and kernels", deviceContextBytes, "320 to 500 MiB by driver and card"),
    item(index, "workspace of matrix products", libraryBytes, "about 8 MiB; more on Hopper"),
  ]).flat();
}

/** Counts the elements of the largest layer's cache on each device, keys and values together. */
function largestLayer({ description, options, sizes, placement }: EngineRun): ReadonlyMap<string, number> {
  const plain = { ...options.context, keyType: "f16", valueType: "f16" };
  const largest = new Map<string, number>();
  for (const { layer, keyBytes = 0, valueBytes = 0 } of layerCaches(description, plain, sizes)) {
    const device = placement.layers[layer] ?? host;
    largest.set(device, Math.max(largest.get(device) ?? 0, (keyBytes + valueBytes) / 2));
  }
  return largest;
}

/**
 * CUDA's flash attention reads quantized caches as 16-bit copies, one layer at a time, while prompts are processed.
 */
function poolItems(run: EngineRun): readonly ByteItem[] {
  const { options } = run;
  const { keyType, valueType, flashAttention } = options.context;
  const quantized = isQuantizedCache(keyType) || isQuantizedCache(valueType);
  if (options.devices === 0 || !flashAttention || !quantized || !options.offloadCache) return [];
  return [...largestLayer(run)]
    .filter(([device, elements]) => device !== host && elements > 0)
    .map(([device, elements]) => ({
      kind: "runtime",
      label: "pool: 16-bit copies of a quantized cache",
      device,
      phase: "load",
      bytes: 2 * elements,
      formula: "2 x elements of the largest layer's keys and values",
      inputs: { elements },
      engine: engineName,
      confidence: "derived",
      note: "CUDA only, from the first long prompt on; not compared with a card",
    }));
}

/** Returns an item whose size the user gives; none for 0 bytes. */
function userItem(item: Pick<ByteItem, "kind" | "label" | "device" | "bytes" | "note">): readonly ByteItem[] {
  if (item.bytes === 0) return [];
  return [
    {
      ...item,
      phase: "load",
      formula: "as given",
      inputs: {},
      engine: engineName,
      confidence: "derived",
    },
  ];
}

/** Returns the item of the projector's compute buffer, whose size depends on the image and is unknown. */
function projectorBuffer(device: string): ByteItem {
  return {
    kind: "projector",
    label: "the projector's compute buffer",
    device,
    phase: "load",
    bytes: undefined,
    formula: "not known",
    inputs: {},
    engine: engineName,
    confidence: "unknown",
    note: "published cases: some hundred MiB, depending on the size of the image",
  };
}

/** Computes the bytes that a checkpoint of one sequence copies: recurrent state, and the cache of layers with a window. */
function checkpointBytes({ description, options, sizes }: EngineRun): number {
  const states = layerStates(description, 1).reduce((sum, state) => sum + state.bytes, 0);
  const windows = layerCaches(description, options.context, sizes)
    .filter((cache) => cache.windowed)
    .reduce((sum, cache) => sum + (cache.keyBytes ?? 0) + (cache.valueBytes ?? 0), 0);
  return states + windows / options.context.sequences;
}

/** Returns what is allocated outside the engine's buffers, each item with its confidence. */
export function outsideItems(run: EngineRun): readonly ByteItem[] {
  const { options } = run;
  const { extras, devices, context } = options;
  const first = devices > 0 ? "gpu0" : host;
  const each = checkpointBytes(run);
  const checkpoints = extras.checkpoints * context.sequences * each;
  return [
    ...deviceItems(devices),
    ...poolItems(run),
    ...userItem({
      kind: "projector",
      label: "image or audio projector",
      device: first,
      bytes: extras.projectorBytes,
    }),
    ...(extras.projectorBytes === 0 ? [] : [projectorBuffer(first)]),
    ...userItem({
      kind: "adapter",
      label: "adapters (LoRA)",
      device: first,
      bytes: extras.adapterBytes,
    }),
    ...userItem({
      kind: "draft",
      label: "draft model and its context",
      device: first,
      bytes: extras.draftBytes,
    }),
    ...userItem({
      kind: "prompt-cache",
      label: "cached prompts, at most",
      device: host,
      bytes: extras.promptCacheBytes,
      note: "grows up to this size while serving",
    }),
    ...userItem({
      kind: "prompt-cache",
      label: "checkpoints of windows and recurrent state, at most",
      device: host,
      bytes: checkpoints,
      note: `${extras.checkpoints} per sequence, ${Math.round(each)} bytes each`,
    }),
  ];
}

import { computeReservedBytes, computeReservedBytesByDevice } from "../../ledger/llama-cpp/reserved-bytes.ts";
import { contextSizes } from "../../ledger/llama-cpp/context.ts";
import { checkLlamaCppOptions } from "../../ledger/llama-cpp/options.ts";
import type {
  LayerDescription,
  ModelDescription,
  TensorDescription,
} from "../../description/model-description.ts";
import type { PlanRequest } from "../request/plan-options.ts";
import { optionsOf } from "./llama-cpp-state.ts";
import type { LlamaCppState } from "./llama-cpp-state.ts";

/** Six layers show the least that a micro-batch needs: later layers reuse the same buffers. */
const enoughLayers = 6;
/** Best-fit allocation may pack a longer graph slightly tighter than a short one. */
const margin = 0.97;

const layerOf = /^blk\.(\d+)\./u;

function isAmong({ name }: TensorDescription, layers: number): boolean {
  const layer = layerOf.exec(name)?.[1];
  return layer === undefined || Number(layer) < layers;
}

/** Returns true for a layer that depends on no other layer: shared caches and key selection must not be cut apart. */
function isIndependent({ attention, prediction }: LayerDescription): boolean {
  if (prediction === true) return false;
  return attention?.sharesCacheOf === undefined && attention?.indexer === undefined;
}

const slim = new WeakMap<ModelDescription, ModelDescription>();

/** Returns the model with its first layers only; undefined where its graph is not a row of like layers. */
function cutToFirstLayers(description: ModelDescription): ModelDescription | undefined {
  if (
    description.format !== "gguf" ||
    description.tensors.length === 0 ||
    !description.layers.every(isIndependent)
  )
    return undefined;
  const made = slim.get(description) ?? {
    ...description,
    layers: description.layers.slice(0, enoughLayers),
    tensors: description.tensors.filter((tensor) => isAmong(tensor, enoughLayers)),
  };
  slim.set(description, made);
  return made;
}

/**
 * Returns a lower bound of the only device's compute buffer; 0 where there is no cheap bound. A search calls this hundreds of
 * times, and a graph of six layers is built in a fraction of the time of the full one.
 */
export function minComputeBytes(state: LlamaCppState, request: PlanRequest): number {
  const description = cutToFirstLayers(state.description);
  if (description === undefined || request.devices > 1) return 0;
  const { context } = checkLlamaCppOptions(
    description,
    optionsOf({ ...state, description, offload: { kind: "none" } }, request),
  );
  const sizes = contextSizes(description, context);
  if (request.devices === 0)
    return margin * computeReservedBytes(description, context, sizes, 32).promptBytes;
  const split = { deviceOf: () => "gpu0", copies: 1 };
  return margin * (computeReservedBytesByDevice(description, context, sizes, split).get("gpu0") ?? 0);
}

import { computeReservedBytes, computeReservedBytesByDevice } from "../../ledger/llama-cpp/reserved-bytes.ts";
import { contextSizes } from "../../ledger/llama-cpp/context.ts";
import { checkLlamaCppOptions } from "../../ledger/llama-cpp/options.ts";
import type {
  LayerDescription,
  ModelDescription,
  TensorDescription,
} from "../../description/model-description.ts";
import type { PlanRequest } from "../request/plan-options.ts";
import { optionsOf, type LlamaCppState } from "./llama-cpp-state.ts";

/** Layers that are enough to see what a micro-batch needs at least: a buffer is used again by the layers that follow. */
const enoughLayers = 6;
/** Best fit may place the parts of a longer graph a little closer than those of a short one. */
const margin = 0.97;

const layerOf = /^blk\.(\d+)\./u;

function isAmong({ name }: TensorDescription, layers: number): boolean {
  const layer = layerOf.exec(name)?.[1];
  return layer === undefined || Number(layer) < layers;
}

/** True for a layer that needs no other one: those that share caches or choose keys for later ones are not cut apart. */
function standsAlone({ attention, prediction }: LayerDescription): boolean {
  if (prediction === true) return false;
  return attention?.sharesCacheOf === undefined && attention?.indexer === undefined;
}

const slim = new WeakMap<ModelDescription, ModelDescription>();

/** The same model with its first layers only; undefined where its graph is not a row of like layers. */
function slimmed(description: ModelDescription): ModelDescription | undefined {
  if (
    description.format !== "gguf" ||
    description.tensors.length === 0 ||
    !description.layers.every(standsAlone)
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
 * Bytes that the compute buffer of the only device takes at least; 0 where that cannot be told cheaply. A search asks it
 * hundreds of times, and a graph of six layers is built in a fraction of the time that the whole one takes.
 */
export function minComputeBytes(state: LlamaCppState, request: PlanRequest): number {
  const description = slimmed(state.description);
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

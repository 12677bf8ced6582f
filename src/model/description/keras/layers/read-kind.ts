import { layerFault } from "./layer-config.ts";
import type { LayerConfig } from "./layer-config.ts";
import { unknownKind } from "./layer-kind.ts";
import type { LayerKind, ReadKind } from "./layer-kind.ts";
import { attentionKinds } from "./read-attention.ts";
import { convolutionKinds } from "./read-convolution.ts";
import { readEinsum } from "./read-einsum.ts";
import { mergeKinds } from "./read-merge.ts";
import { normalizationKinds } from "./read-normalization.ts";
import { poolingKinds } from "./read-pooling.ts";
import { preprocessingKinds } from "./read-preprocessing.ts";
import { recurrentKinds } from "./read-recurrent.ts";
import { shapingKinds } from "./read-shaping.ts";
import { simpleKinds } from "./read-simple.ts";
import { readBidirectional, readSpectral, readTimeDistributed } from "./read-wrapper.ts";

const kinds: ReadonlyMap<string, ReadKind> = new Map(
  Object.entries({
    ...simpleKinds,
    ...convolutionKinds,
    ...recurrentKinds,
    ...poolingKinds,
    ...normalizationKinds,
    ...shapingKinds,
    ...mergeKinds,
    ...attentionKinds,
    ...preprocessingKinds,
    EinsumDense: readEinsum,
  }),
);

/** Nesting of networks and wrappers: published ones have at most 4. */
export const maxDepth = 16;

/** Reads a network in place of a layer. */
export type ReadNetwork = (className: string, config: LayerConfig, depth: number) => LayerKind;

/** Classes that are networks. */
export const networkClasses: ReadonlySet<string> = new Set(["Sequential", "Model", "Functional"]);

/** Reads a layer of any class. An unknown one has neither weights nor a shape. Errors: `invalid-data`. */
export function readKind(
  className: string,
  config: LayerConfig,
  depth: number,
  readNetwork: ReadNetwork,
): LayerKind {
  if (depth > maxDepth)
    throw layerFault(
      config.file,
      config.layer,
      `got networks and wrappers nested deeper than ${maxDepth}, allowed: up to ${maxDepth}`,
    );
  const inner = (name: string, own: LayerConfig): LayerKind => readKind(name, own, depth + 1, readNetwork);
  if (className === "TimeDistributed") return readTimeDistributed(config, inner);
  if (className === "Bidirectional") return readBidirectional(config, inner);
  if (className === "SpectralNormalization") return readSpectral(config, inner);
  if (networkClasses.has(className)) return readNetwork(className, config, depth + 1);
  const read = kinds.get(className);
  if (read !== undefined) return read(config);
  return unknownKind;
}

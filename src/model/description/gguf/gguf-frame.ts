import type { LlamaCppFamily } from "../families/model-family.ts";
import type { TensorDescription } from "../model-description.ts";
import type { Settings } from "./settings.ts";

/** What every reader of a GGUF file's layers needs. */
export interface GgufFrame {
  /** The file's `general.architecture`. */
  readonly architecture: string;
  /** What the file does not say of its family; undefined for an unknown family, which the common rule reads. */
  readonly family: LlamaCppFamily | undefined;
  readonly settings: Settings;
  readonly tensors: ReadonlyMap<string, TensorDescription>;
  /** All layers, and those before the ones that predict further tokens. */
  readonly layers: number;
  readonly trunkLayers: number;
  readonly embeddingWidth: number;
}

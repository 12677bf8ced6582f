import type { ModelDescription } from "../../description/model-description.ts";
import { contextSizes } from "./context.ts";
import type { ContextSizes } from "./context.ts";
import { checkLlamaCppOptions } from "./options.ts";
import type { CheckedLlamaCppOptions, LlamaCppOptions } from "./options.ts";
import { placeLayers } from "./placement.ts";
import type { Placement } from "./placement.ts";

/** A model as llama.cpp runs it: everything that the ledger's items are computed from. */
export interface EngineRun {
  readonly description: ModelDescription;
  readonly options: CheckedLlamaCppOptions;
  readonly sizes: ContextSizes;
  readonly placement: Placement;
}

/**
 * Checks the options once, and derives sizes and placement.
 * Errors: `invalid-option` for options that llama.cpp would refuse.
 */
export function prepareRun(description: ModelDescription, options: LlamaCppOptions): EngineRun {
  const checked = checkLlamaCppOptions(description, options);
  const sizes = contextSizes(description, checked.context);
  return { description, options: checked, sizes, placement: placeLayers(description, checked) };
}

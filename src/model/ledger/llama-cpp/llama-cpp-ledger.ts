import type { ModelDescription } from "../../description/model-description.ts";
import { buildByteLedger } from "../byte-ledger.ts";
import type { ByteItem, ByteLedger } from "../byte-ledger.ts";
import { cacheItems, stateItems } from "./cache-items.ts";
import { computeItems } from "./compute-items.ts";
import { engineName } from "./engine-name.ts";
import { prepareRun } from "./engine-run.ts";
import type { EngineRun } from "./engine-run.ts";
import type { LlamaCppOptions } from "./options.ts";
import { outsideItems } from "./outside-items.ts";
import { host } from "./placement.ts";
import { weightItems } from "./weight-items.ts";

/**
 * Lists what a model occupies when llama.cpp runs it, in bytes: weights by device, caches, recurrent state, compute
 * and output buffers, and what is allocated outside them. Everything stays for as long as the model is loaded.
 * Errors: `invalid-option` for options that llama.cpp would refuse.
 */
export function llamaCppLedger(description: ModelDescription, options: LlamaCppOptions = {}): ByteLedger {
  const run = prepareRun(description, options);
  const items: readonly ByteItem[] = [
    ...weightItems(run),
    ...cacheItems(run),
    ...stateItems(run),
    ...computeItems(run),
    outputItem(run),
    ...outsideItems(run),
  ];
  return buildByteLedger(engineName, items);
}

function outputItem({ description, options }: EngineRun): ByteItem {
  const { sequences } = options.context;
  const { vocabularySize } = description;
  // T5's encoder passes its vectors to the decoder through the same buffer
  const width = description.architecture === "t5" ? (description.embeddingWidth ?? 0) : 0;
  return {
    kind: "output",
    label: width === 0 ? "output buffer: logits" : "output buffer: logits and vectors",
    device: host,
    phase: "load",
    bytes: vocabularySize === undefined ? undefined : (vocabularySize + width) * 4 * sequences,
    formula: width === 0 ? "vocabulary x 4 x sequences" : "(vocabulary + width) x 4 x sequences",
    inputs: {
      vocabulary: vocabularySize ?? "unknown",
      ...(width === 0 ? {} : { width }),
      sequences,
    },
    engine: engineName,
    confidence: vocabularySize === undefined ? "unknown" : "exact",
  };
}

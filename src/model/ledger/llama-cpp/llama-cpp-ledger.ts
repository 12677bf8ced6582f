import type { ModelDescription } from "../../description/model-description.ts";
import { buildByteLedger, type ByteLedger, type ByteItem } from "../byte-ledger.ts";
import { cacheItems, stateItems } from "./cache-items.ts";
import { computeItems } from "./compute-items.ts";
import { contextSizes } from "./context.ts";
import { engineName } from "./engine-name.ts";
import { checkLlamaCppOptions, type LlamaCppOptions } from "./options.ts";
import { outsideItems } from "./outside-items.ts";
import { host, placeLayers } from "./placement.ts";
import { weightItems } from "./weights.ts";

/**
 * What a model holds when llama.cpp runs it: weights by device, caches, recurrent state, compute and output buffers, and
 * what lies outside them. All of it is there for as long as the model is loaded. Bytes.
 * Throws `invalid-option` for what the engine would refuse.
 */
export function llamaCppLedger(description: ModelDescription, options: LlamaCppOptions = {}): ByteLedger {
  const checked = checkLlamaCppOptions(description, options);
  const sizes = contextSizes(description, checked.context);
  const placement = placeLayers(description, checked);
  const items: readonly ByteItem[] = [
    ...weightItems(description, checked),
    ...cacheItems(description, checked, sizes, placement),
    ...stateItems(description, checked, placement),
    ...computeItems(description, checked, sizes, placement),
    outputItem(description, checked.context.sequences),
    ...outsideItems(description, checked, sizes, placement),
  ];
  return buildByteLedger(engineName, items);
}

function outputItem(description: ModelDescription, sequences: number): ByteItem {
  const { vocabularySize } = description;
  // T5's encoder hands its vectors to the decoder through the same buffer
  const width = description.architecture === "t5" ? (description.embeddingWidth ?? 0) : 0;
  return {
    kind: "output",
    label: width === 0 ? "logits handed out" : "logits and vectors handed out",
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

import type { Ledger } from "../../shared/ledger.ts";
import { computeUsd } from "../prices/model-budget.ts";
import { derivePrices } from "../prices/derive-prices.ts";
import type { ModelFacts } from "../prices/model-facts.ts";

/** What sending a conversation once costs in US dollars, and at which published prices. */
export interface ConversationCost {
  readonly model: string;
  /** All of it as fresh input. */
  readonly freshUsd: number;
  /** All of it read from the cache; undefined if the model has no price for that. */
  readonly cachedUsd: number | undefined;
  /** Fresh input by ledger kind. */
  readonly kinds: Readonly<Record<string, number>>;
  readonly inputUsdPerMillion: number;
  /** Input tokens above which a call costs more than stated here; undefined if none is published. */
  readonly higherOverTokens: number | undefined;
  readonly source: string;
  readonly date: string | undefined;
}

/** Computes what a conversation costs as the input of one call; undefined if the model's prices are not known. */
export function priceConversation(
  ledger: Ledger,
  model: ModelFacts | undefined,
): ConversationCost | undefined {
  const freshUsd = computeUsd(ledger.total, model);
  if (model?.usd === undefined || freshUsd === undefined) return undefined;
  const read = model.usd.cacheRead === undefined ? undefined : derivePrices(model)?.read;
  return {
    model: model.model,
    freshUsd,
    cachedUsd: read === undefined ? undefined : computeUsd(ledger.total * read, model),
    kinds: Object.fromEntries(ledger.kinds.map((row) => [row.kind, computeUsd(row.size, model) ?? 0])),
    inputUsdPerMillion: model.usd.input,
    higherOverTokens: model.usd.higherOverTokens,
    source: model.source,
    date: model.date,
  };
}

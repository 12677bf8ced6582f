import { LoadlineError } from "../../shared/errors.ts";
import { requireInteger, requireKnownFields, requireNumber } from "../../shared/options.ts";
import { ownValue } from "../../shared/own-value.ts";

/** Version of the package with the registry, and the day on which it was published; a test compares it with the installed one. */
export const registryVersion = "@pydantic/genai-prices@0.1.8";
const registryDate = "2026-09-23";

/** Prices of a model in US dollars per million tokens. Undefined prices are not published: the provider does not bill them apart. */
export interface ModelPrices {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number | undefined;
  /** Of a write that lives for minutes. */
  readonly cacheWrite: number | undefined;
  /** Of a write that lives for an hour. */
  readonly cacheWriteHour: number | undefined;
  /** Input tokens above which a call costs more than these prices; undefined if none is published. */
  readonly higherOverTokens: number | undefined;
}

/** What is known of a model: its context window, its longest answer, its prices. */
export interface ModelFacts {
  readonly model: string;
  /** Tokens of prompt and answer together. */
  readonly contextTokens: number | undefined;
  readonly maxOutputTokens: number | undefined;
  readonly usd: ModelPrices | undefined;
  /** Where the facts are from, and the day they were published; undefined for facts of the caller's own. */
  readonly source: string;
  readonly date: string | undefined;
}

/** Facts that replace those of the registry, or add a model to it. Prices in US dollars per million tokens. */
export interface ModelOverride {
  readonly contextTokens?: number;
  readonly maxOutputTokens?: number;
  readonly usd?: {
    readonly input: number;
    readonly output: number;
    readonly cacheRead?: number;
    readonly cacheWrite?: number;
    readonly cacheWriteHour?: number;
  };
}

/** Overrides by model name. */
export type ModelOverrides = Readonly<Record<string, ModelOverride>>;

/** Dollars per million tokens and tokens of a window beyond these are typing errors. */
const maxUsd = 100_000;

function checkOverride(name: string, override: ModelOverride): void {
  const place = `models.${name}`;
  requireKnownFields(place, override, ["contextTokens", "maxOutputTokens", "usd"]);
  if (override.contextTokens !== undefined)
    requireInteger(`${place}.contextTokens`, override.contextTokens, 1);
  if (override.maxOutputTokens !== undefined)
    requireInteger(`${place}.maxOutputTokens`, override.maxOutputTokens, 1);
  if (override.usd === undefined) return;
  requireKnownFields(`${place}.usd`, override.usd, [
    "input",
    "output",
    "cacheRead",
    "cacheWrite",
    "cacheWriteHour",
  ]);
  for (const [price, value] of Object.entries(override.usd))
    if (value !== undefined || price === "input" || price === "output")
      requireNumber(`${place}.usd.${price}`, value as number, 0, maxUsd);
  if (override.usd.input === undefined || override.usd.output === undefined)
    throw new LoadlineError("invalid-option", `${place}.usd needs input and output`);
}

/** Checks overrides. Errors: `invalid-option`. */
export function checkOverrides(models: ModelOverrides): ModelOverrides {
  for (const [name, override] of Object.entries(models)) checkOverride(name, override);
  return models;
}

type RegistryPrice =
  | number
  | { readonly base: number; readonly tiers: readonly { readonly start: number }[] };

function readPrice(price: RegistryPrice | undefined): number | undefined {
  return typeof price === "object" ? price.base : price;
}

function readPrices(prices: Readonly<Record<string, RegistryPrice | undefined>>): ModelPrices | undefined {
  const input = readPrice(prices["input_mtok"]);
  const output = readPrice(prices["output_mtok"]);
  if (input === undefined || output === undefined) return undefined;
  const tiered = prices["input_mtok"];
  return {
    input,
    output,
    cacheRead: readPrice(prices["cache_read_mtok"]),
    cacheWrite: readPrice(prices["cache_write_mtok"]),
    cacheWriteHour: readPrice(prices["cache_write_1h_mtok"]),
    higherOverTokens: typeof tiered === "object" ? tiered.tiers[0]?.start : undefined,
  };
}

/** Returns the spellings under which the registry may know a model: routers and clouds add to the maker's own name. */
function listSpellings(model: string): readonly { readonly id: string; readonly provider?: string }[] {
  const parts = model.toLowerCase().split("/");
  const last = parts.at(-1) ?? "";
  const bare = last
    .replace(/^.*\b(?:anthropic|amazon|meta|mistral|openai)\./, "")
    .replace(/-v\d+(?::\d+)?$/, "")
    .replace(/@.*$/, "")
    .replace(/:(?:free|beta|extended|thinking|nitro|floor|online)$/, "");
  const dashed = bare.startsWith("claude") ? bare.replaceAll(".", "-") : bare;
  const provider = parts.length > 1 ? parts.at(-2) : undefined;
  return [
    { id: last },
    ...(provider === undefined ? [] : [{ id: last, provider }]),
    { id: bare },
    { id: dashed },
  ];
}

/** The registry as this file needs it. */
interface Registry {
  readonly calcPrice: (
    usage: Readonly<Record<string, number>>,
    model: string,
    options?: { readonly providerId?: string },
  ) => {
    readonly model: { readonly id: string; readonly context_window?: number };
    readonly model_price: Readonly<Record<string, RegistryPrice | undefined>>;
  } | null;
}

async function lookUp(model: string): Promise<ModelFacts | undefined> {
  const registry = (await import("@pydantic/genai-prices")) as Registry;
  for (const { id, provider } of listSpellings(model)) {
    const found = registry.calcPrice(
      { input_tokens: 1 },
      id,
      provider === undefined ? {} : { providerId: provider },
    );
    if (found === null) continue;
    return {
      model: found.model.id,
      contextTokens: found.model.context_window,
      maxOutputTokens: undefined,
      usd: readPrices(found.model_price),
      source: registryVersion,
      date: registryDate,
    };
  }
  return undefined;
}

/**
 * Finds a model's context window and prices: from `models` if it names the model, else from the registry, which is loaded on the
 * first call (about 0.8 MB, no network). Returns undefined for a model that neither knows. Errors: `invalid-option`.
 */
export async function findModel(
  model: string | undefined,
  models: ModelOverrides = {},
): Promise<ModelFacts | undefined> {
  checkOverrides(models);
  if (model === undefined || model === "unknown") return undefined;
  const own = ownValue(models, model) ?? ownValue(models, model.split("/").at(-1) ?? model);
  const known = own?.contextTokens !== undefined && own.usd !== undefined ? undefined : await lookUp(model);
  if (own === undefined) return known;
  const usd = own.usd;
  return {
    model,
    contextTokens: own.contextTokens ?? known?.contextTokens,
    maxOutputTokens: own.maxOutputTokens ?? known?.maxOutputTokens,
    usd:
      usd === undefined
        ? known?.usd
        : {
            input: usd.input,
            output: usd.output,
            cacheRead: usd.cacheRead,
            cacheWrite: usd.cacheWrite,
            cacheWriteHour: usd.cacheWriteHour,
            higherOverTokens: undefined,
          },
    source: known === undefined ? "the option models" : `the option models, else ${known.source}`,
    date: known?.date,
  };
}

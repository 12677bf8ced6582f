import { LoadlineError } from "../shared/errors.ts";
import { findModel } from "../window/index.ts";
import type { ModelFacts, ModelOverride } from "../window/index.ts";
import { readBytes } from "./read-bytes.ts";
import { namingFile } from "./read-options.ts";

/** What `--prices` says: a name of relative prices, or the facts of a model from a file. */
export interface PriceChoice {
  readonly name: string | undefined;
  readonly facts: ModelFacts | undefined;
}

async function readOverride(path: string): Promise<ModelOverride> {
  const bytes = await readBytes(path);
  return namingFile(path, () => {
    try {
      return JSON.parse(new TextDecoder().decode(bytes)) as ModelOverride;
    } catch (cause) {
      throw new LoadlineError("invalid-json", "is not JSON", { cause });
    }
  });
}

/**
 * Reads `--prices`: the name of a file that ends in `.json` holds the facts of the model (`usd` with `input` and `output` in
 * dollars per million tokens, `contextTokens`); anything else is a name of relative prices. Without it, the registry's facts
 * count. Errors: `invalid-option`, `invalid-json`, file errors.
 */
export async function readPrices(
  choice: string | undefined,
  model: string | undefined,
): Promise<PriceChoice> {
  if (choice === undefined || !choice.endsWith(".json"))
    return { name: choice, facts: await findModel(model) };
  const name = model ?? "model";
  const override = await readOverride(choice);
  try {
    return { name: undefined, facts: await findModel(name, { [name]: override }) };
  } catch (error) {
    if (!(error instanceof LoadlineError)) throw error;
    throw new LoadlineError(error.code, `${choice}: ${error.message}`, {
      cause: error,
      details: error.details,
    });
  }
}

/** Reads `--prices` where only a model's own prices have a meaning. Errors: `invalid-option`, `invalid-json`, file errors. */
export async function readModelPrices(
  choice: string | undefined,
  model: string | undefined,
): Promise<ModelFacts | undefined> {
  if (choice !== undefined && !choice.endsWith(".json"))
    throw new LoadlineError(
      "invalid-option",
      `--prices: got ${JSON.stringify(choice)}, allowed: a file that ends in .json, with usd for the model`,
      { details: { option: "--prices" } },
    );
  return (await readPrices(choice, model)).facts;
}

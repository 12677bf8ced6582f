import { LoadlineError } from "../../../shared/errors.ts";
import { describeValue } from "../../../shared/options.ts";
import { isRecord } from "../../file/json-header.ts";

/** The settings of a text model in a config.json, with the family's defaults under them. */
export type Config = Readonly<Record<string, unknown>>;

/** Where models with pictures or sound keep the settings of their text part. */
const textParts = ["text_config", "llm_config", "language_config", "thinker_config", "decoder"];

/** Deepest that a text part lies inside others (Qwen's omni models: two). */
const deepestPart = 3;

/** The settings of the text part: nested ones over those of the whole. */
export function textConfig(config: Config, depth = 0): Config {
  for (const name of textParts) {
    const part = config[name];
    if (isRecord(part) && depth < deepestPart)
      return textConfig({ ...config, ...part, [name]: undefined }, depth + 1);
  }
  return config;
}

/** The first of the named settings that is given. Null counts as not given. Refuses what is no whole number from 0. */
export function count(config: Config, ...names: readonly string[]): number | undefined {
  for (const name of names) {
    const value = Object.hasOwn(config, name) ? config[name] : undefined;
    if (value === undefined || value === null) continue;
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
    throw new LoadlineError(
      "invalid-data",
      `config.json: ${name}: got ${describeValue(value)}, allowed: a whole number from 0`,
      { details: { setting: name } },
    );
  }
  return undefined;
}

/** True or false where the setting is a truth value, undefined elsewhere. */
export function truth(config: Config, name: string): boolean | undefined {
  const value = Object.hasOwn(config, name) ? config[name] : undefined;
  return typeof value === "boolean" ? value : undefined;
}

/** A list of words, one for each layer, or undefined. */
export function words(config: Config, name: string): readonly string[] | undefined {
  const value = config[name];
  return Array.isArray(value) && value.every((entry) => typeof entry === "string") ? value : undefined;
}

/** A list of whole numbers, or undefined. */
export function counts(config: Config, name: string): readonly number[] | undefined {
  const value = config[name];
  return Array.isArray(value) && value.every((entry) => Number.isSafeInteger(entry) && entry >= 0)
    ? value
    : undefined;
}

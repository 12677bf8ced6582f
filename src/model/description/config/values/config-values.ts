import { LoadlineError } from "../../../../shared/errors.ts";
import { describeValue } from "../../../../shared/options.ts";
import { isJsonObject } from "../../../../shared/json/json-object.ts";
import { findClassDefaults } from "./class-defaults.ts";
import { ownValue } from "../../../../shared/own-value.ts";

/** The settings of a text model in a config.json; the family's defaults fill the gaps. */
export type Config = Readonly<Record<string, unknown>>;

/** Keys under which models with pictures or sound keep the settings of their text part. */
const textParts = ["text_config", "llm_config", "language_config", "thinker_config", "decoder"];

/** How deep a text part may be nested in others (Qwen's omni models: two). */
const maxPartDepth = 3;

/** Outer settings that also apply to a text part that does not state them. */
const shared = ["torch_dtype", "dtype", "tie_word_embeddings", "quantization_config", "architectures"];

/** If the outer settings have one of these, they are those of the text part too (Qwen 2 VL's first files). */
const flat = ["hidden_size", "num_hidden_layers", "d_model", "n_embd"];

function readModelType(config: Config): string {
  return typeof config["model_type"] === "string" ? config["model_type"] : "";
}

/** Returns the settings that a part takes over: only the shared ones if its class fills in the rest, all for an unknown class. */
function inheritSettings(config: Config, part: Config): Config {
  if (findClassDefaults(readModelType(part)) === undefined) return config;
  return Object.fromEntries(shared.flatMap((key) => (config[key] === undefined ? [] : [[key, config[key]]])));
}

/** Returns the settings of the text part: nested ones override those of the entire model. */
export function readTextPart(config: Config, depth = 0): Config {
  const parts = findClassDefaults(readModelType(config))?.parts ?? {};
  for (const name of textParts) {
    const part = config[name];
    const kind = ownValue(parts, name);
    if (depth >= maxPartDepth) return config;
    if (isJsonObject(part)) {
      const typed =
        kind === undefined || part["model_type"] !== undefined ? part : { ...part, model_type: kind };
      return readTextPart({ ...inheritSettings(config, typed), ...typed, [name]: undefined }, depth + 1);
    }
    if (kind !== undefined && part === undefined && flat.every((key) => config[key] === undefined))
      return readTextPart({ ...inheritSettings(config, { model_type: kind }), model_type: kind }, depth + 1);
  }
  return config;
}

/** Names of the same setting: if a file gives one of them, a class's default for another does not count. */
const synonyms: readonly (readonly string[])[] = [
  ["num_hidden_layers", "n_layer", "n_layers", "num_layers", "layers_block_type"],
  ["hidden_size", "n_embd", "d_model", "dim"],
  ["num_attention_heads", "n_head", "n_heads", "num_heads", "attention_heads"],
  ["num_key_value_heads", "num_kv_heads", "n_head_kv", "multi_query_group_num"],
  ["head_dim", "attention_head_dim", "d_kv", "kv_channels"],
  ["n_routed_experts", "num_local_experts", "num_experts", "moe_num_experts"],
  ["num_experts_per_tok", "num_experts_per_token", "moe_k", "moe_topk", "top_k", "top_k_experts"],
  ["n_shared_experts", "num_shared_experts", "moe_num_shared_experts", "num_shared_expert"],
  ["first_k_dense_replace", "num_dense_layers"],
  ["n_positions", "max_position_embeddings", "seq_length", "max_seq_len"],
  ["hybrid_override_pattern", "layers_block_type", "layer_types"],
];

function dropSynonyms(defaults: Config, given: Config): Config {
  const rest: Record<string, unknown> = { ...defaults };
  for (const names of synonyms) {
    if (!names.some((name) => given[name] !== undefined)) continue;
    for (const name of names) delete rest[name];
  }
  return rest;
}

/**
 * Returns a part's settings by its class's own names; the class fills in those that are missing. A setting that is null is
 * not missing: the class computes it.
 */
export function settleConfig(config: Config, family: Config | undefined): Config {
  const known = findClassDefaults(readModelType(config));
  const names = known?.names ?? {};
  const given: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(config)) {
    const own = ownValue(names, key) ?? key;
    if (own === key || !Object.hasOwn(config, own)) given[own] = value;
  }
  return { ...dropSynonyms({ ...known?.values, ...family }, given), ...given };
}

/**
 * Reads the first of the named settings that is given; null and "auto" count as not given.
 * Errors: `invalid-data` for a value that is not a whole number from 0.
 */
export function readCount(config: Config, ...names: readonly string[]): number | undefined {
  for (const name of names) {
    const value = ownValue(config, name);
    if (value === undefined || value === null || value === "auto") continue;
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
    throw new LoadlineError(
      "invalid-data",
      `config.json: ${name}: got ${describeValue(value)}, allowed: a whole number from 0`,
      { details: { setting: name } },
    );
  }
  return undefined;
}

/** Reads a boolean setting; undefined for any other value. */
export function readFlag(config: Config, name: string): boolean | undefined {
  const value = ownValue(config, name);
  return typeof value === "boolean" ? value : undefined;
}

/** Reads a list of words, one for each layer; undefined for any other value. */
export function readWords(config: Config, name: string): readonly string[] | undefined {
  const value = config[name];
  return Array.isArray(value) && value.every((entry) => typeof entry === "string") ? value : undefined;
}

/** Reads a list of whole numbers; undefined for any other value. */
export function readCounts(config: Config, name: string): readonly number[] | undefined {
  const value = config[name];
  return Array.isArray(value) && value.every((entry) => Number.isSafeInteger(entry) && entry >= 0)
    ? value
    : undefined;
}

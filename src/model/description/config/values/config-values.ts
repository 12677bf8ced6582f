import { LoadlineError } from "../../../../shared/errors.ts";
import { describeValue } from "../../../../shared/options.ts";
import { isJsonObject } from "../../../../shared/json/json-object.ts";
import { classDefaults } from "./class-defaults.ts";
import { ownValue } from "../../../../shared/own-value.ts";

/** The settings of a text model in a config.json, with the family's defaults under them. */
export type Config = Readonly<Record<string, unknown>>;

/** Where models with pictures or sound keep the settings of their text part. */
const textParts = ["text_config", "llm_config", "language_config", "thinker_config", "decoder"];

/** Deepest that a text part lies inside others (Qwen's omni models: two). */
const deepestPart = 3;

/** Settings of the whole that also hold for a text part that is silent on them. */
const shared = ["torch_dtype", "dtype", "tie_word_embeddings", "quantization_config", "architectures"];

/** Any of these beside a text part's own: the settings of the text stand in the whole (Qwen 2 VL's first files). */
const flat = ["hidden_size", "num_hidden_layers", "d_model", "n_embd"];

function modelType(config: Config): string {
  return typeof config["model_type"] === "string" ? config["model_type"] : "";
}

/** What the whole says beside a part whose class fills in the rest; all of it beside a part of no known class. */
function inherited(config: Config, part: Config): Config {
  if (classDefaults(modelType(part)) === undefined) return config;
  return Object.fromEntries(shared.flatMap((key) => (config[key] === undefined ? [] : [[key, config[key]]])));
}

/** The settings of the text part: nested ones over those of the whole. */
export function readTextPart(config: Config, depth = 0): Config {
  const parts = classDefaults(modelType(config))?.parts ?? {};
  for (const name of textParts) {
    const part = config[name];
    const kind = ownValue(parts, name);
    if (depth >= deepestPart) return config;
    if (isJsonObject(part)) {
      const typed =
        kind === undefined || part["model_type"] !== undefined ? part : { ...part, model_type: kind };
      return readTextPart({ ...inherited(config, typed), ...typed, [name]: undefined }, depth + 1);
    }
    if (kind !== undefined && part === undefined && flat.every((key) => config[key] === undefined))
      return readTextPart({ ...inherited(config, { model_type: kind }), model_type: kind }, depth + 1);
  }
  return config;
}

/** Names of one and the same setting: where a file says one of them, no class's default for another counts. */
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

function withoutSynonyms(defaults: Config, given: Config): Config {
  const rest: Record<string, unknown> = { ...defaults };
  for (const names of synonyms) {
    if (!names.some((name) => given[name] !== undefined)) continue;
    for (const name of names) delete rest[name];
  }
  return rest;
}

/**
 * A part's settings by their class's own names, with what the class fills in where they are silent. A setting that is null
 * is not silent: the class then computes it.
 */
export function settleConfig(config: Config, family: Config | undefined): Config {
  const known = classDefaults(modelType(config));
  const names = known?.names ?? {};
  const given: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(config)) {
    const own = ownValue(names, key) ?? key;
    if (own === key || !Object.hasOwn(config, own)) given[own] = value;
  }
  return { ...withoutSynonyms({ ...known?.values, ...family }, given), ...given };
}

/** The first of the named settings that is given. Null and "auto" count as not given. Refuses what is no whole number from 0. */
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

/** True or false where the setting is a truth value, undefined elsewhere. */
export function readFlag(config: Config, name: string): boolean | undefined {
  const value = ownValue(config, name);
  return typeof value === "boolean" ? value : undefined;
}

/** A list of words, one for each layer, or undefined. */
export function readWords(config: Config, name: string): readonly string[] | undefined {
  const value = config[name];
  return Array.isArray(value) && value.every((entry) => typeof entry === "string") ? value : undefined;
}

/** A list of whole numbers, or undefined. */
export function readCounts(config: Config, name: string): readonly number[] | undefined {
  const value = config[name];
  return Array.isArray(value) && value.every((entry) => Number.isSafeInteger(entry) && entry >= 0)
    ? value
    : undefined;
}

import type { ConfigFamily } from "./config-family.ts";
import { decoderFamilies } from "./families-decoder.ts";
import { expertFamilies } from "./families-expert.ts";
import { encoderFamilies } from "./families-encoder.ts";
import { hybridFamilies } from "./families-hybrid.ts";
import { twoStackFamilies } from "./families-two-stacks.ts";
import { ownValue } from "../../../shared/own-value.ts";

/** Families by config.json's `model_type`. */
const configFamilies: Readonly<Record<string, ConfigFamily>> = {
  ...decoderFamilies,
  ...expertFamilies,
  ...hybridFamilies,
  ...encoderFamilies,
  ...twoStackFamilies,
};

/** Other names of the same families: a whole whose text part stands in the file itself, or has a name of its own. */
const otherNames: Readonly<Record<string, string>> = {
  gemma3: "gemma3_text",
  gemma3n: "gemma3n_text",
  gemma4: "gemma4_text",
  llama4: "llama4_text",
  mistral3: "mistral",
  qwen2_vl: "qwen2_vl_text",
  qwen2_5_vl: "qwen2_5_vl_text",
  qwen3_vl: "qwen3_vl_text",
  qwen3_vl_moe: "qwen3_vl_moe_text",
  qwen3_5: "qwen3_5_text",
  qwen3_5_moe: "qwen3_5_moe_text",
};

/** The family of a `model_type`, or undefined where it is not known here. */
export function configFamily(modelType: string): ConfigFamily | undefined {
  const name = ownValue(otherNames, modelType) ?? modelType;
  return ownValue(configFamilies, name);
}

import { isJsonObject } from "../../../../shared/json/json-object.ts";
import type { EncoderParts } from "../../families/config-family.ts";
import { readCount, readFlag, readWords } from "../values/config-values.ts";
import type { Config } from "../values/config-values.ts";

/** Parameters of what an encoder has before and after its layers. */
export interface EncoderEnds {
  readonly embedding: number;
  readonly dense: number;
  readonly output: number;
}

/** What an encoder's class puts after the layers. */
type Head = "pooled" | "masked" | "pre-training" | "sequence" | "token" | "answer" | "other";

const heads: readonly (readonly [RegExp, Head])[] = [
  [/For(?:MaskedLM|CausalLM)$|LMHeadModel$/u, "masked"],
  [/ForPreTraining$/u, "pre-training"],
  [/ForSequenceClassification$/u, "sequence"],
  [/ForTokenClassification$/u, "token"],
  [/ForQuestionAnswering$/u, "answer"],
  [/Model$/u, "pooled"],
];

/** Finds the head of the class that the file names first; without a name it is the model without a head. */
function findHead(config: Config): Head {
  const name = readWords(config, "architectures")?.[0];
  if (name === undefined) return "pooled";
  return heads.find(([pattern]) => pattern.test(name))?.[1] ?? "other";
}

function countLabels(config: Config): number {
  const named = config["id2label"];
  return readCount(config, "num_labels") ?? (isJsonObject(named) ? Object.keys(named).length : 2);
}

/** Counts DeBERTa's relative positions: matrices of each layer, and what all layers share. */
function countRelativePositions(config: Config, layers: number, width: number): number {
  if (readFlag(config, "relative_attention") !== true) return 0;
  const second = config["model_type"] === "deberta-v2";
  const kinds = config["pos_att_type"];
  const named = Array.isArray(kinds) ? kinds.map(String) : typeof kinds === "string" ? kinds.split("|") : [];
  const toPosition = named.includes("c2p") ? width * width + (second ? width : 0) : 0;
  const fromPosition = named.includes("p2c") ? width * width + width : 0;
  const each = second && readFlag(config, "share_att_key") === true ? 0 : toPosition + fromPosition;
  const given = config["max_relative_positions"];
  const maxDistance =
    typeof given === "number" && given >= 1 ? given : (readCount(config, "max_position_embeddings") ?? 512);
  const buckets = config["position_buckets"];
  const rows = 2 * (second && typeof buckets === "number" && buckets > 0 ? buckets : maxDistance);
  const norm = second && String(config["norm_rel_ebd"]).includes("layer_norm") ? 2 * width : 0;
  return each * layers + rows * width + norm;
}

/** Counts the convolution that DeBERTa 2's large models have next to the first layer. */
function countConvolution(config: Config, width: number): number {
  const kernel = config["model_type"] === "deberta-v2" ? (readCount(config, "conv_kernel_size") ?? 0) : 0;
  return kernel === 0 ? 0 : width * width * kernel + width + 2 * width;
}

/** Returns the vectors of one norm: two with a bias, which a setting may turn on. */
function countNormVectors(config: Config, { normBias }: EncoderParts): number {
  return normBias === undefined || readFlag(config, normBias) === true ? 2 : 1;
}

function countHeadParameters(
  config: Config,
  parts: EncoderParts,
  { head, width, narrow }: { readonly head: Head; readonly width: number; readonly narrow: number },
): number {
  const dense = (inputs: number, outputs: number): number => inputs * outputs + outputs;
  const norm = countNormVectors(config, parts);
  const own = parts.headBias !== undefined && readFlag(config, parts.headBias) === true ? width : 0;
  const before = parts.headBias === undefined ? 0 : width * width + own + norm * width;
  if (head === "masked") {
    if (parts.plainHead === true) return 0;
    return before === 0 ? dense(width, narrow) + norm * narrow : before;
  }
  if (head === "pre-training") return 2 * dense(width, width) + 2 * width + dense(width, 2);
  if (head === "sequence")
    return (before === 0 ? dense(width, width) : before) + dense(width, countLabels(config));
  if (head === "token") return before + dense(width, countLabels(config));
  if (head === "answer") return before + dense(width, countLabels(config));
  return parts.pooler === true ? dense(width, width) : 0;
}

/**
 * Counts the parameters of an encoder's embeddings and of what its class puts after the layers, which `architectures` names:
 * nothing or a pooling layer, the prediction of masked tokens, or a classifier. Undefined for any other class.
 */
export function countEncoderEnds(
  config: Config,
  parts: EncoderParts,
  {
    layers,
    width,
    vocabulary,
    tied,
  }: {
    readonly layers: number;
    readonly width: number;
    readonly vocabulary: number;
    readonly tied: boolean;
  },
): EncoderEnds | undefined {
  const head = findHead(config);
  if (head === "other" || (head === "pre-training" && parts.preTraining !== true)) return undefined;
  const narrow = readCount(config, "embedding_size") ?? width;
  const positions =
    parts.positions === true && readFlag(config, "position_biased_input") !== false
      ? (readCount(config, "max_position_embeddings") ?? 0)
      : 0;
  const types = parts.tokenTypes === true ? (readCount(config, "type_vocab_size") ?? 0) : 0;
  const norm = parts.plainEmbedding === true ? 0 : countNormVectors(config, parts);
  const isProjected = parts.projected === true || narrow !== width;
  const predicts = head === "masked" || head === "pre-training";
  const named =
    typeof parts.biases === "string" ? (readFlag(config, parts.biases) === true ? 1 : 0) : undefined;
  const untied = typeof parts.biases === "number" ? parts.biases : 1;
  const biases = predicts ? vocabulary * (named ?? (tied ? 1 : untied)) : 0;
  return {
    embedding: (vocabulary + positions + types + norm) * narrow,
    dense:
      (isProjected ? narrow * width + width : 0) +
      countHeadParameters(config, parts, { head, width, narrow }) +
      countRelativePositions(config, layers, width) +
      countConvolution(config, width) +
      (parts.buckets === true
        ? (readCount(config, "relative_attention_num_buckets") ?? 32) *
          (readCount(config, "num_attention_heads") ?? 0)
        : 0),
    output: predicts ? (tied ? 0 : vocabulary * narrow) + biases : 0,
  };
}

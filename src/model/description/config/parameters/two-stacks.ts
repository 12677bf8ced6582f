import type { AttentionDescription, LayerDescription, ParameterGroups } from "../../model-description.ts";
import { maxLayers } from "../../max-layers.ts";
import { readCount, readFlag, readWords } from "../values/config-values.ts";
import type { Config } from "../values/config-values.ts";
import { ownValue } from "../../../../shared/own-value.ts";

/** An encoder and a decoder: what the decoder caches, and the parameters of both. */
export interface TwoStacks {
  readonly width: number;
  /** Layers of the decoder; of the encoder if the class has only that. */
  readonly layers: readonly LayerDescription[];
  /** Undefined for a class with parts other than the two stacks and the output. */
  readonly groups: ParameterGroups | undefined;
  readonly cacheless: boolean;
}

/** How the families that follow BART differ. */
interface Bart {
  /** Rows of learned positions in addition to the context's; undefined if positions are computed and not stored. */
  readonly positionRows?: number;
  readonly embeddingNorms?: boolean;
  readonly lastNorms?: boolean;
  readonly logitsBias?: boolean;
  /** Two convolutions read sound; keys have no bias. */
  readonly sound?: boolean;
}

const barts: Readonly<Record<string, Bart>> = {
  bart: { positionRows: 2, embeddingNorms: true, logitsBias: true },
  mbart: { positionRows: 2, embeddingNorms: true, lastNorms: true, logitsBias: true },
  m2m_100: { lastNorms: true },
  marian: { positionRows: 0, logitsBias: true },
  pegasus: { positionRows: 0, lastNorms: true, logitsBias: true },
  blenderbot: { positionRows: 0, lastNorms: true, logitsBias: true },
  whisper: { lastNorms: true, sound: true },
};

/** Types with relative positions: one table per stack, or one in each layer (UMT5). */
const t5s: ReadonlySet<string> = new Set(["t5", "mt5", "umt5"]);

/** Counts a matrix and its bias. */
const countLinear = (inputs: number, outputs: number): number => inputs * outputs + outputs;

function repeatLayer(
  times: number,
  heads: number,
  head: number,
  feedForwardWidth: number,
): readonly LayerDescription[] {
  const attention: AttentionDescription = { heads, keyValueHeads: heads, keyWidth: head, valueWidth: head };
  return Array.from({ length: times }, () => ({ kind: "attention", attention, feedForwardWidth }));
}

function describeT5(config: Config): TwoStacks | undefined {
  const width = readCount(config, "d_model");
  const head = readCount(config, "d_kv");
  const inner = readCount(config, "d_ff");
  const heads = readCount(config, "num_heads");
  const encoder = readCount(config, "num_layers");
  const vocabulary = readCount(config, "vocab_size");
  if (width === undefined || head === undefined || inner === undefined || heads === undefined)
    return undefined;
  if (encoder === undefined || vocabulary === undefined || heads === 0) return undefined;
  const isAlone = readWords(config, "architectures")?.[0]?.endsWith("EncoderModel") === true;
  const decoder = isAlone ? 0 : (readCount(config, "num_decoder_layers") ?? encoder);
  if (Math.max(encoder, decoder) > maxLayers) return undefined;
  const isGated = String(config["feed_forward_proj"] ?? "relu").startsWith("gated");
  const attention = 4 * width * heads * head;
  const feedForward = (isGated ? 3 : 2) * width * inner;
  const buckets = (readCount(config, "relative_attention_num_buckets") ?? 32) * heads;
  const each = config["model_type"] === "umt5";
  const positions = buckets * (each ? encoder + decoder : isAlone ? 1 : 2);
  // One matrix serves both ends in transformers 5, always; files of transformers 4 hold two if they say so.
  const isTied =
    readFlag(config, "tie_word_embeddings") !== false ||
    /^[5-9]\./u.test(String(config["transformers_version"]));
  return {
    width,
    cacheless: isAlone,
    layers: repeatLayer(isAlone ? encoder : decoder, heads, head, inner),
    groups: {
      embedding: vocabulary * width,
      dense:
        encoder * (attention + feedForward + 2 * width) +
        decoder * (2 * attention + feedForward + 3 * width) +
        positions +
        (isAlone ? 1 : 2) * width,
      experts: 0,
      output: isTied || isAlone ? 0 : vocabulary * width,
    },
  };
}

function describeBart(config: Config, family: Bart): TwoStacks | undefined {
  const width = readCount(config, "d_model");
  const heads = readCount(config, "decoder_attention_heads");
  const vocabulary = readCount(config, "vocab_size");
  const [encoder, decoder] = [readCount(config, "encoder_layers"), readCount(config, "decoder_layers")];
  const [encoderInner, inner] = [readCount(config, "encoder_ffn_dim"), readCount(config, "decoder_ffn_dim")];
  if (width === undefined || heads === undefined || vocabulary === undefined || heads === 0) return undefined;
  if (encoder === undefined || decoder === undefined) return undefined;
  if (Math.max(encoder, decoder) > maxLayers) return undefined;
  if (encoderInner === undefined || inner === undefined) return undefined;
  const attention = 4 * countLinear(width, width) - (family.sound === true ? width : 0);
  const feedForward = (size: number): number => countLinear(width, size) + countLinear(size, width);
  const context = readCount(config, "max_position_embeddings") ?? 0;
  const positions = family.positionRows === undefined ? 0 : 2 * (context + family.positionRows) * width;
  const mel = readCount(config, "num_mel_bins") ?? 80;
  const heard =
    (readCount(config, "max_source_positions") ?? 1500) + (readCount(config, "max_target_positions") ?? 448);
  const sound = family.sound === true ? 3 * width * (mel + width) + 2 * width + heard * width : 0;
  const ends = (family.embeddingNorms === true ? 4 * width : 0) + (family.lastNorms === true ? 4 * width : 0);
  const isTied = readFlag(config, "tie_word_embeddings") !== false;
  return {
    width,
    cacheless: false,
    layers: repeatLayer(decoder, heads, Math.floor(width / heads), inner),
    groups: {
      // If the output is not the embedding, each stack has an embedding of its own.
      embedding: vocabulary * width * (isTied || family.sound === true ? 1 : 3) + positions,
      dense:
        encoder * (attention + feedForward(encoderInner) + 4 * width) +
        decoder * (2 * attention + feedForward(inner) + 6 * width) +
        ends +
        sound,
      experts: 0,
      output: (isTied ? 0 : vocabulary * width) + (family.logitsBias === true ? vocabulary : 0),
    },
  };
}

/** Returns whether a class has both stacks and the output, or is T5's encoder; half a model, or a classifier, has other parts. */
function isWhole(config: Config): boolean {
  const name = readWords(config, "architectures")?.[0];
  return name === undefined || /(?:ForConditionalGeneration|MTModel|LMHeadModel|T5EncoderModel)$/u.test(name);
}

/** Describes both stacks of an encoder-decoder model, by its `model_type`; undefined for any other model. */
export function describeTwoStacks(config: Config): TwoStacks | undefined {
  const kind = String(config["model_type"]);
  const family = ownValue(barts, kind);
  const found = t5s.has(kind)
    ? describeT5(config)
    : family === undefined
      ? undefined
      : describeBart(config, family);
  return found === undefined || isWhole(config) ? found : { ...found, groups: undefined };
}

import type { RecurrentMixer } from "../../families/config-family.ts";
import type { RecurrentDescription } from "../../model-description.ts";
import { readCount } from "../values/config-values.ts";
import type { Config } from "../values/config-values.ts";
import { isJsonObject } from "../../../../shared/json/json-object.ts";

/** A layer with a recurrent state: the state of one sequence, and the layer's parameters. */
export interface Mixer {
  readonly state: RecurrentDescription;
  readonly parameters: number;
}

/** Describes Kimi's delta attention: queries, keys and values with a convolution each, and two gates through the width of one head. */
function describeKimi(config: Config, width: number): Mixer {
  const own = isJsonObject(config["linear_attn_config"]) ? config["linear_attn_config"] : {};
  const heads = readCount(own, "num_heads") ?? readCount(config, "linear_num_heads") ?? 32;
  const head = readCount(own, "head_dim") ?? readCount(config, "linear_head_dim") ?? 128;
  const kernel = readCount(own, "short_conv_kernel_size") ?? readCount(config, "linear_conv_kernel_dim") ?? 4;
  const inner = heads * head;
  const gates = 2 * (width * head + head * inner) + width * heads;
  return {
    state: {
      convolutionElements: 3 * (kernel - 1) * inner,
      stateElements: inner * head,
      innerWidth: inner,
    },
    parameters: 4 * width * inner + 3 * inner * kernel + inner + heads + gates + head,
  };
}

/** Describes lightning attention (MiniMax 01): one matrix per head, a norm and a gate over all heads. */
function describeLightning(config: Config, width: number): Mixer {
  const heads = Math.max(1, readCount(config, "num_attention_heads") ?? 32);
  const head = readCount(config, "head_dim") ?? Math.floor(width / heads);
  const inner = heads * head;
  return {
    state: { convolutionElements: 0, stateElements: inner * head, innerWidth: inner },
    parameters: 5 * width * inner + inner,
  };
}

/** Describes RecurrentGemma's gated linear recurrence: two input projections, a convolution, two gates of one block per head, one output. */
function describeGriffin(config: Config, width: number): Mixer {
  const inner = readCount(config, "lru_width") ?? width;
  const kernel = readCount(config, "conv1d_width") ?? 4;
  const heads = Math.max(1, readCount(config, "num_attention_heads") ?? 10);
  const block = Math.floor(inner / heads);
  return {
    state: { convolutionElements: (kernel - 1) * inner, stateElements: inner, innerWidth: inner },
    parameters:
      2 * (width * inner + inner) +
      inner * width +
      width +
      inner * (kernel + 1) +
      inner +
      2 * (heads * block * block + inner),
  };
}

/** Describes RWKV 4: decay and first step per channel, four matrices. The feed-forward part has a gate of its own and is counted there. */
function describeRwkv(config: Config, width: number): Mixer {
  const inner = readCount(config, "attention_hidden_size") ?? width;
  return {
    // The previous token for both parts; numerator, denominator and largest exponent of each channel.
    state: { convolutionElements: 2 * width, stateElements: 3 * inner, innerWidth: inner },
    parameters: 2 * inner + 3 * width + 4 * width * inner + 2 * width + width * width,
  };
}

const mixers: Readonly<Partial<Record<RecurrentMixer, (config: Config, width: number) => Mixer>>> = {
  "kimi-delta": describeKimi,
  lightning: describeLightning,
  griffin: describeGriffin,
  rwkv: describeRwkv,
};

/** Describes a mixer that only one family has; undefined for the others. */
export function describeLinearMixer(
  config: Config,
  mixer: RecurrentMixer | undefined,
  width: number,
): Mixer | undefined {
  return mixer === undefined ? undefined : mixers[mixer]?.(config, width);
}

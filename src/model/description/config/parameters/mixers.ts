import type { RecurrentMixer } from "../../families/config-family.ts";
import type { LayerDescription } from "../../model-description.ts";
import { describeLinearMixer } from "../layers/linear-mixers.ts";
import { readCount, readFlag } from "../values/config-values.ts";
import type { Config } from "../values/config-values.ts";

function readTimeStepRank(config: Config, width: number): number {
  const given = config["time_step_rank"] ?? config["mamba_dt_rank"];
  return typeof given === "number" ? given : Math.ceil(width / 16);
}

/** Counts the first Mamba: input, convolution, x, time step, states, skip, output; Jamba also has norms over time step, B and C. */
function countMamba(config: Config, inner: number, width: number): number {
  const states = readCount(config, "state_size", "mamba_d_state") ?? 16;
  const kernel = readCount(config, "conv_kernel", "mamba_d_conv") ?? 4;
  const rank = readTimeStepRank(config, width);
  const convolutionBias =
    (readFlag(config, "mamba_conv_bias") ?? readFlag(config, "use_conv_bias")) !== false;
  const bias = readFlag(config, "use_bias") === true || readFlag(config, "mamba_proj_bias") === true;
  return (
    width * 2 * inner +
    inner * (kernel + (convolutionBias ? 1 : 0)) +
    inner * (rank + 2 * states) +
    (rank * inner + inner) +
    inner * states +
    inner +
    inner * width +
    (bias ? 2 * inner + width : 0) +
    (config["model_type"] === "jamba" ? rank + 2 * states : 0)
  );
}

/** Counts Mamba 2: one input projection, a convolution over inner width and groups, three values per head, a norm, output. */
function countMamba2(config: Config, inner: number, width: number): number {
  const states = readCount(config, "mamba_d_state", "state_size", "ssm_state_size") ?? 128;
  const kernel = readCount(config, "mamba_d_conv", "conv_kernel") ?? 4;
  const groups =
    readCount(config, "mamba_n_groups", "n_groups") ?? (config["model_type"] === "mamba2" ? 8 : 1);
  const heads =
    readCount(config, "mamba_n_heads", "mamba_num_heads", "num_heads") ??
    Math.floor(inner / (readCount(config, "mamba_d_head", "head_dim") ?? 64));
  const channels = inner + 2 * groups * states;
  const projected = inner + channels + heads;
  const normed = config["model_type"] !== "falcon_h1" || readFlag(config, "mamba_rms_norm") === true;
  // Nemotron-H names both settings and reads only this one.
  const bias =
    config["model_type"] === "nemotron_h"
      ? readFlag(config, "use_bias") === true
      : (readFlag(config, "mamba_proj_bias") ?? readFlag(config, "use_bias")) === true;
  const outputBias =
    config["model_type"] === "falcon_h1" ? readFlag(config, "projectors_bias") === true : bias;
  const convolutionBias =
    (readFlag(config, "mamba_conv_bias") ?? readFlag(config, "use_conv_bias")) !== false;
  return (
    width * projected +
    (bias ? projected : 0) +
    channels * (kernel + (convolutionBias ? 1 : 0)) +
    3 * heads +
    (normed ? inner : 0) +
    inner * width +
    (outputBias ? width : 0)
  );
}

/** Counts a gated delta net (Qwen3-Next, Qwen 3.5): queries, keys, values and their gate, two values per head, output. */
function countDeltaNet(config: Config, width: number): number | undefined {
  const keyHeads = readCount(config, "linear_num_key_heads");
  const valueHeads = readCount(config, "linear_num_value_heads");
  const keyWidth = readCount(config, "linear_key_head_dim");
  const valueWidth = readCount(config, "linear_value_head_dim");
  if (keyHeads === undefined || valueHeads === undefined) return undefined;
  if (keyWidth === undefined || valueWidth === undefined) return undefined;
  const keys = keyHeads * keyWidth;
  const values = valueHeads * valueWidth;
  const kernel = readCount(config, "linear_conv_kernel_dim") ?? 4;
  return (
    width * (2 * keys + 2 * values) +
    width * 2 * valueHeads +
    (2 * keys + values) * kernel +
    2 * valueHeads +
    valueWidth +
    values * width
  );
}

/** Counts LFM2's gated short convolution: an input of three widths, one kernel per channel, an output. */
function countShortConvolution(config: Config, width: number): number {
  const kernel = readCount(config, "conv_L_cache") ?? 3;
  const bias = readFlag(config, "conv_bias") === true ? 5 * width : 0;
  return 3 * width * width + kernel * width + width * width + bias;
}

/**
 * Counts the parameters of what keeps a recurrent state in a layer: 0 without a state, undefined if the family's are not
 * known here. Read from the modelling code of transformers 5.23.
 */
export function countMixerParameters(
  config: Config,
  mixer: RecurrentMixer | undefined,
  layer: LayerDescription,
  width: number,
): number | undefined {
  if (layer.kind !== "recurrent" && layer.kind !== "both") return 0;
  const own = describeLinearMixer(config, mixer, width);
  if (own !== undefined) return own.parameters;
  const inner = layer.recurrent?.innerWidth;
  if (inner === undefined) return undefined;
  if (mixer === "short-convolution") return countShortConvolution(config, width);
  if (config["linear_num_value_heads"] !== undefined) return countDeltaNet(config, width);
  if (mixer === "mamba") return countMamba(config, inner, width);
  return mixer === "mamba2" ? countMamba2(config, inner, width) : undefined;
}

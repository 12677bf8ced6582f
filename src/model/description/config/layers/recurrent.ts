import type { RecurrentMixer } from "../../families/config-family.ts";
import type { RecurrentDescription } from "../../model-description.ts";
import { describeLinearMixer } from "./linear-mixers.ts";
import { readCount } from "../values/config-values.ts";
import type { Config } from "../values/config-values.ts";

/** Returns the state of one sequence in one layer of the first Mamba: d_inner channels of d_state values each. */
function readMambaState(config: Config, width: number): RecurrentDescription {
  const states = readCount(config, "state_size", "mamba_d_state", "d_state") ?? 16;
  const kernel = readCount(config, "conv_kernel", "mamba_d_conv", "d_conv") ?? 4;
  const expand = readCount(config, "expand", "mamba_expand") ?? 2;
  const inner = readCount(config, "intermediate_size") ?? expand * width;
  const innerWidth = config["model_type"] === "jamba" ? expand * width : inner;
  return {
    convolutionElements: (kernel - 1) * innerWidth,
    stateElements: innerWidth * states,
    innerWidth,
  };
}

/** Returns the state of Mamba 2: the convolution runs over the inner width and over the groups' B and C. */
function readMamba2State(config: Config, width: number): RecurrentDescription | undefined {
  const states = readCount(config, "mamba_d_state", "state_size", "ssm_state_size");
  const heads = readCount(config, "mamba_n_heads", "mamba_num_heads", "n_mamba_heads", "num_heads");
  const headWidth = readCount(config, "mamba_d_head", "mamba_head_dim", "mamba_headdim", "head_dim");
  const groups = readCount(config, "mamba_n_groups", "mamba_ngroups", "n_groups") ?? 1;
  const kernel = readCount(config, "mamba_d_conv", "conv_kernel") ?? 4;
  const expand = readCount(config, "mamba_expand", "expand") ?? 2;
  if (states === undefined) return undefined;
  const innerWidth =
    readCount(config, "mamba_d_ssm") ??
    (heads === undefined || headWidth === undefined ? expand * width : heads * headWidth);
  return {
    convolutionElements: (kernel - 1) * (innerWidth + 2 * groups * states),
    stateElements: innerWidth * states,
    innerWidth,
  };
}

/** Returns the state of a gated delta net (Qwen3-Next): a matrix of key width x value width for each value head. */
function readDeltaState(config: Config): RecurrentDescription | undefined {
  const keyHeads = readCount(config, "linear_num_key_heads");
  const valueHeads = readCount(config, "linear_num_value_heads");
  const keyWidth = readCount(config, "linear_key_head_dim");
  const valueWidth = readCount(config, "linear_value_head_dim");
  if (
    keyHeads === undefined ||
    valueHeads === undefined ||
    keyWidth === undefined ||
    valueWidth === undefined
  )
    return undefined;
  const kernel = readCount(config, "linear_conv_kernel_dim") ?? 4;
  return {
    convolutionElements: (kernel - 1) * (2 * keyHeads * keyWidth + valueHeads * valueWidth),
    stateElements: valueHeads * keyWidth * valueWidth,
    innerWidth: valueHeads * valueWidth,
  };
}

/** Returns the recurrent state of one layer and sequence, or undefined if config.json does not say it. */
export function readRecurrentState(
  config: Config,
  mixer: RecurrentMixer | undefined,
  width: number,
): RecurrentDescription | undefined {
  const own = describeLinearMixer(config, mixer, width);
  if (own !== undefined) return own.state;
  if (mixer === "short-convolution") {
    const cached = readCount(config, "conv_L_cache") ?? 3;
    return { convolutionElements: (cached - 1) * width, stateElements: 0, innerWidth: width };
  }
  if (config["linear_num_value_heads"] !== undefined) return readDeltaState(config);
  if (mixer === "mamba2") return readMamba2State(config, width);
  return mixer === "mamba" ? readMambaState(config, width) : undefined;
}

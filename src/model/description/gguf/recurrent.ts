import type { RecurrentDescription } from "../model-description.ts";
import type { GgufFrame } from "./gguf-frame.ts";
import { readCount, readFlags, settingFault } from "./settings.ts";

/**
 * Marks which layers keep a recurrent state, from the key and value heads and the feed-forward widths of all layers.
 * Errors: `invalid-data` for an interval of 0.
 */
export function markRecurrent(
  { family, settings, trunkLayers }: GgufFrame,
  keyValueHeads: readonly number[],
  widths: readonly number[],
): readonly boolean[] {
  const rule = family?.recurrent;
  const interval = readCount(settings, "full_attention_interval") ?? family?.interval ?? 4;
  if (rule === "interval" && interval === 0) throw settingFault("full_attention_interval", "0", "1 and more");
  const listed = readFlags(settings, "attention.recurrent_layers", keyValueHeads.length);
  return keyValueHeads.map((heads, index) => {
    if (rule === undefined || index >= trunkLayers) return false;
    if (rule === "all" || rule === "both") return true;
    if (rule === "zero-key-value-heads") return heads === 0;
    if (rule === "zero-heads-and-width") return heads === 0 && widths[index] === 0;
    if (listed !== undefined) return listed[index] ?? false;
    return (index + 1) % interval !== 0;
  });
}

/**
 * Returns the elements of the state of one layer and one sequence (llama.cpp v0.5.0, `n_embd_r` and `n_embd_s`), or
 * undefined if the file does not give its sizes. RWKV keeps shifts of tokens and a matrix for each head; LFM2 the last
 * columns of its convolution; delta attention (KDA) three convolutions and a square for each head; lightning attention
 * (MiniMax 01) a square for each head; Mamba the last columns of its convolution and a state for each channel.
 */
export function readRecurrentState(
  { architecture, settings, embeddingWidth }: GgufFrame,
  heads: number,
): RecurrentDescription | undefined {
  const wkv = readCount(settings, "wkv.head_size");
  if (wkv !== undefined && wkv > 0) {
    const shifts = readCount(settings, "token_shift_count") ?? 2;
    return { convolutionElements: shifts * embeddingWidth, stateElements: embeddingWidth * wkv };
  }
  const shortConvolution = readCount(settings, "shortconv.l_cache");
  if (shortConvolution !== undefined && shortConvolution > 0) {
    return { convolutionElements: embeddingWidth * (shortConvolution - 1), stateElements: 0 };
  }
  const kernel = readCount(settings, "ssm.conv_kernel");
  const delta = readCount(settings, "kda.head_dim");
  if (delta !== undefined && delta > 0) {
    const columns = kernel !== undefined && kernel > 0 ? kernel - 1 : 3;
    return {
      convolutionElements: 3 * columns * heads * delta,
      stateElements: delta * delta * heads,
      innerWidth: heads * delta,
    };
  }
  if (architecture === "minimax-01") {
    const even = Math.floor(embeddingWidth / Math.max(1, heads));
    const width = readCount(settings, "attention.key_length") ?? even;
    return { convolutionElements: 0, stateElements: width * width * heads, innerWidth: width * heads };
  }
  const inner = readCount(settings, "ssm.inner_size");
  const state = readCount(settings, "ssm.state_size");
  if (kernel === undefined || inner === undefined || state === undefined) return undefined;
  // The first Mamba has no groups, whatever a file says.
  const groups = architecture === "mamba" ? 0 : (readCount(settings, "ssm.group_count") ?? 0);
  return {
    convolutionElements: Math.max(0, kernel - 1) * (inner + 2 * groups * state),
    stateElements: state * inner,
    innerWidth: inner,
  };
}

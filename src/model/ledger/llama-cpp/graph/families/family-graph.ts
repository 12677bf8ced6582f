import { findLlamaCppFamily } from "../../../../description/families/find-family.ts";
import type { GraphName, MixerName } from "../../../../description/families/model-family.ts";
import type { Traits } from "../../../../description/families/traits.ts";
import { applyAttention } from "../blocks/attention-part.ts";
import { applyLatentAttention } from "../blocks/attention/latent-attention.ts";
import { buildDecoderGraph } from "../blocks/decoder-graph.ts";
import { applyFeedForward } from "../blocks/feed-forward-part.ts";
import type { Mixer } from "../blocks/layer-parts.ts";
import { applyDeltaNet } from "../blocks/recurrent/delta-net.ts";
import { applyMamba, applyMamba2 } from "../blocks/recurrent/mamba.ts";
import { applyPlamo2Mamba } from "../blocks/recurrent/plamo2-mamba.ts";
import { applyShortConvolution } from "../blocks/recurrent/short-convolution.ts";
import { weight } from "../ggml/build.ts";
import type { Build } from "../ggml/build.ts";
import { buildChameleonGraph } from "./dense/chameleon.ts";
import { buildCogVlmGraph } from "./dense/cogvlm.ts";
import { buildDeciGraph } from "./dense/deci.ts";
import { buildGemma2Graph } from "./dense/gemma2.ts";
import { buildGemma3nGraph } from "./dense/gemma3n.ts";
import { buildGemma4Graph } from "./dense/gemma4.ts";
import { buildGptNeoxGraph } from "./dense/gptneox.ts";
import { buildHrmTextGraph } from "./dense/hrm-text.ts";
import { buildMiniCpm3Graph } from "./dense/minicpm3.ts";
import { buildQwen3TtsGraph } from "./dense/qwen3-tts.ts";
import { buildTalkieGraph } from "./dense/talkie.ts";
import { buildBertGraph } from "./encoders/bert.ts";
import { buildT5EncoderGraph, buildT5Graph } from "./encoders/t5.ts";
import { buildArcticGraph } from "./experts/arctic.ts";
import { buildCohere2MoeGraph } from "./experts/cohere2-moe.ts";
import { buildDeepSeek32Graph } from "./experts/deepseek32.ts";
import { buildDeepSeek4Graph } from "./experts/deepseek4.ts";
import { buildGrokGraph } from "./experts/grok.ts";
import { buildGroveMoeGraph } from "./experts/grovemoe.ts";
import { buildHunyuan4Graph } from "./experts/hunyuan4.ts";
import { buildLlama4Graph } from "./experts/llama4.ts";
import { buildMimo2Graph } from "./experts/mimo2.ts";
import { buildMinimaxM3Graph } from "./experts/minimax-m3.ts";
import { buildQwen2MoeGraph } from "./experts/qwen2-moe.ts";
import { buildSmallThinkerGraph } from "./experts/smallthinker.ts";
import { buildFalconH1Graph } from "./recurrent/falcon-h1.ts";
import { buildKimiK3Graph } from "./recurrent/kimi-k3.ts";
import { buildKimiLinearGraph } from "./recurrent/kimi-linear.ts";
import { buildLing3Graph } from "./recurrent/ling3.ts";
import { buildMinimax01Graph } from "./recurrent/minimax-01.ts";
import { buildRwkvGraph } from "./recurrent/rwkv.ts";

/**
 * Makes a mixer for hybrids: the recurrent block in layers with a state, attention in layers with a cache, else a
 * feed-forward part.
 */
function hybrid(block: Mixer): Mixer {
  return (layer, source, inputs, traits) => {
    if (layer.recurrent !== undefined) return block(layer, source, inputs, traits);
    if (layer.attention !== undefined) return applyAttention(layer, source, inputs, traits);
    return applyFeedForward(layer, source, traits);
  };
}

/** Mixers of the common graph, by the name in the family's row. */
const mixers: Readonly<Record<MixerName, Mixer>> = {
  "delta-net": hybrid((layer, source, inputs) =>
    // Qwen3-Next's graph repeats the key heads before the fused operation
    applyDeltaNet(layer, source, inputs.states, layer.description.architecture === "qwen3next"),
  ),
  "latent-attention": applyLatentAttention,
  mamba: hybrid((layer, source, inputs) => applyMamba(layer, source, inputs.states)),
  mamba2: hybrid((layer, source, inputs) => applyMamba2(layer, source, inputs.states)),
  plamo2: hybrid((layer, source, inputs) => applyPlamo2Mamba(layer, source, inputs.states)),
  "short-convolution": hybrid((layer, source, inputs) => applyShortConvolution(layer, source, inputs.states)),
};

/** Families' own graphs, by the name in the family's row. */
const ownGraphs: Readonly<Record<GraphName, (build: Build) => void>> = {
  arctic: buildArcticGraph,
  bert: buildBertGraph,
  chameleon: buildChameleonGraph,
  cogvlm: buildCogVlmGraph,
  "cohere2-moe": buildCohere2MoeGraph,
  deci: buildDeciGraph,
  deepseek32: buildDeepSeek32Graph,
  deepseek4: buildDeepSeek4Graph,
  "falcon-h1": buildFalconH1Graph,
  gemma2: buildGemma2Graph,
  gemma3n: buildGemma3nGraph,
  gemma4: buildGemma4Graph,
  gptneox: buildGptNeoxGraph,
  grok: buildGrokGraph,
  grovemoe: buildGroveMoeGraph,
  "hrm-text": buildHrmTextGraph,
  hunyuan4: buildHunyuan4Graph,
  "kimi-k3": buildKimiK3Graph,
  "kimi-linear": buildKimiLinearGraph,
  ling3: buildLing3Graph,
  llama4: buildLlama4Graph,
  mimo2: buildMimo2Graph,
  minicpm3: buildMiniCpm3Graph,
  "minimax-01": buildMinimax01Graph,
  "minimax-m3": buildMinimaxM3Graph,
  "qwen2-moe": buildQwen2MoeGraph,
  "qwen3-tts": buildQwen3TtsGraph,
  rwkv: buildRwkvGraph,
  smallthinker: buildSmallThinkerGraph,
  t5: buildT5Graph,
  "t5-encoder": buildT5EncoderGraph,
  talkie: buildTalkieGraph,
};

/** Traits that depend on the file: of Baichuan, only the 7B uses RoPE; the largest StableLM 2 has no second norm. */
function traitsByFile(build: Build): Traits {
  const { architecture } = build.description;
  if (architecture === "baichuan" && build.layers !== 32) return { rope: "never" };
  if (architecture === "stablelm" && weight(build, "blk.0.ffn_norm.weight") === undefined)
    return { layout: "parallel-stablelm" };
  return {};
}

/** Builds the graph of a model: its family's own, or that of a decoder with the family's mixer and traits. */
export function buildFamilyGraph(build: Build): void {
  const { graph, mixer, traits } = findLlamaCppFamily(build.description.architecture) ?? {};
  if (graph !== undefined) ownGraphs[graph](build);
  else
    buildDecoderGraph(
      build,
      { ...traits, ...traitsByFile(build) },
      mixer === undefined ? {} : { mixer: mixers[mixer] },
    );
}

import { findLlamaCppFamily } from "../../../../description/families/find-family.ts";
import type { GraphName, MixerName } from "../../../../description/families/model-family.ts";
import type { Traits } from "../../../../description/families/traits.ts";
import { attentionPart } from "../blocks/attention-part.ts";
import { decoderGraph } from "../blocks/decoder-graph.ts";
import { feedForwardPart } from "../blocks/feed-forward-part.ts";
import { latentPart } from "../blocks/latent-part.ts";
import type { Mixer } from "../blocks/layer-parts.ts";
import { deltaNet } from "../blocks/recurrent/delta-net.ts";
import { mamba2Block, mambaBlock } from "../blocks/recurrent/mamba.ts";
import { plamo2Block } from "../blocks/recurrent/plamo2-mamba.ts";
import { shortConvolution } from "../blocks/recurrent/short-convolution.ts";
import { type Build, weight } from "../ggml/build.ts";
import { chameleonGraph } from "./dense/chameleon.ts";
import { cogVlmGraph } from "./dense/cogvlm.ts";
import { deciGraph } from "./dense/deci.ts";
import { gemma2Graph } from "./dense/gemma2.ts";
import { gemma3nGraph } from "./dense/gemma3n.ts";
import { gemma4Graph } from "./dense/gemma4.ts";
import { gptNeoxGraph } from "./dense/gptneox.ts";
import { hrmTextGraph } from "./dense/hrm-text.ts";
import { miniCpm3Graph } from "./dense/minicpm3.ts";
import { qwen3TtsGraph } from "./dense/qwen3-tts.ts";
import { talkieGraph } from "./dense/talkie.ts";
import { bertGraph } from "./encoders/bert.ts";
import { t5EncoderGraph, t5Graph } from "./encoders/t5.ts";
import { arcticGraph } from "./experts/arctic.ts";
import { cohere2MoeGraph } from "./experts/cohere2-moe.ts";
import { deepSeek32Graph } from "./experts/deepseek32.ts";
import { deepSeek4Graph } from "./experts/deepseek4.ts";
import { grokGraph } from "./experts/grok.ts";
import { groveMoeGraph } from "./experts/grovemoe.ts";
import { hunyuan4Graph } from "./experts/hunyuan4.ts";
import { llama4Graph } from "./experts/llama4.ts";
import { mimo2Graph } from "./experts/mimo2.ts";
import { minimaxM3Graph } from "./experts/minimax-m3.ts";
import { qwen2MoeGraph } from "./experts/qwen2-moe.ts";
import { smallThinkerGraph } from "./experts/smallthinker.ts";
import { falconH1Graph } from "./recurrent/falcon-h1.ts";
import { kimiK3Graph } from "./recurrent/kimi-k3.ts";
import { kimiLinearGraph } from "./recurrent/kimi-linear.ts";
import { ling3Graph } from "./recurrent/ling3.ts";
import { minimax01Graph } from "./recurrent/minimax-01.ts";
import { rwkvGraph } from "./recurrent/rwkv.ts";

/** A recurrent block in the layers that have a state, attention in those with a cache, a feed-forward part in the others. */
function hybrid(block: Mixer): Mixer {
  return (layer, source, inputs, traits) => {
    if (layer.recurrent !== undefined) return block(layer, source, inputs, traits);
    if (layer.attention !== undefined) return attentionPart(layer, source, inputs, traits);
    return feedForwardPart(layer, source, traits);
  };
}

/** What the common graph has in place of attention, by the name in the family's row. */
const mixers: Readonly<Record<MixerName, Mixer>> = {
  "delta-net": hybrid((layer, source, inputs) =>
    // Qwen3-Next's kernel does not repeat the key heads by itself
    deltaNet(layer, source, inputs.states, layer.description.architecture === "qwen3next"),
  ),
  "latent-attention": latentPart,
  mamba: hybrid((layer, source, inputs) => mambaBlock(layer, source, inputs.states)),
  mamba2: hybrid((layer, source, inputs) => mamba2Block(layer, source, inputs.states)),
  plamo2: hybrid((layer, source, inputs) => plamo2Block(layer, source, inputs.states)),
  "short-convolution": hybrid((layer, source, inputs) => shortConvolution(layer, source, inputs.states)),
};

/** Families' own graphs, by the name in the family's row. */
const ownGraphs: Readonly<Record<GraphName, (build: Build) => void>> = {
  arctic: arcticGraph,
  bert: bertGraph,
  chameleon: chameleonGraph,
  cogvlm: cogVlmGraph,
  "cohere2-moe": cohere2MoeGraph,
  deci: deciGraph,
  deepseek32: deepSeek32Graph,
  deepseek4: deepSeek4Graph,
  "falcon-h1": falconH1Graph,
  gemma2: gemma2Graph,
  gemma3n: gemma3nGraph,
  gemma4: gemma4Graph,
  gptneox: gptNeoxGraph,
  grok: grokGraph,
  grovemoe: groveMoeGraph,
  "hrm-text": hrmTextGraph,
  hunyuan4: hunyuan4Graph,
  "kimi-k3": kimiK3Graph,
  "kimi-linear": kimiLinearGraph,
  ling3: ling3Graph,
  llama4: llama4Graph,
  mimo2: mimo2Graph,
  minicpm3: miniCpm3Graph,
  "minimax-01": minimax01Graph,
  "minimax-m3": minimaxM3Graph,
  "qwen2-moe": qwen2MoeGraph,
  "qwen3-tts": qwen3TtsGraph,
  rwkv: rwkvGraph,
  smallthinker: smallThinkerGraph,
  t5: t5Graph,
  "t5-encoder": t5EncoderGraph,
  talkie: talkieGraph,
};

/** What the file says of a family: Baichuan's 7B alone rotates, the largest StableLM 2 has no second norm. */
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
    decoderGraph(
      build,
      { ...traits, ...traitsByFile(build) },
      mixer === undefined ? {} : { mixer: mixers[mixer] },
    );
}

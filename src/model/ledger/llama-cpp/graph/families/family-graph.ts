import { ownValue } from "../../../../../shared/own-value.ts";
import { attentionPart } from "../blocks/attention-part.ts";
import { decoderGraph } from "../blocks/decoder-graph.ts";
import { feedForwardPart } from "../blocks/feed-forward-part.ts";
import { latentPart } from "../blocks/latent-part.ts";
import type { Mixer } from "../blocks/layer-parts.ts";
import { deltaNet } from "../blocks/recurrent/delta-net.ts";
import { mamba2Block, mambaBlock } from "../blocks/recurrent/mamba.ts";
import { plamo2Block } from "../blocks/recurrent/plamo2-mamba.ts";
import { shortConvolution } from "../blocks/recurrent/short-convolution.ts";
import type { Traits } from "../blocks/traits.ts";
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
import { familyTraits } from "./family-traits.ts";
import { falconH1Graph } from "./recurrent/falcon-h1.ts";
import { kimiK3Graph } from "./recurrent/kimi-k3.ts";
import { kimiLinearGraph } from "./recurrent/kimi-linear.ts";
import { ling3Graph } from "./recurrent/ling3.ts";
import { minimax01Graph } from "./recurrent/minimax-01.ts";
import { rwkvGraph } from "./recurrent/rwkv.ts";

/** Families with latent attention. */
const latentFamilies: ReadonlySet<string> = new Set(["deepseek2", "mistral4"]);

const recurrentBlocks: Readonly<Record<string, Mixer>> = {
  mamba: (layer, source, inputs) => mambaBlock(layer, source, inputs.states),
  jamba: (layer, source, inputs) => mambaBlock(layer, source, inputs.states),
  mamba2: (layer, source, inputs) => mamba2Block(layer, source, inputs.states),
  granitehybrid: (layer, source, inputs) => mamba2Block(layer, source, inputs.states),
  nemotron_h: (layer, source, inputs) => mamba2Block(layer, source, inputs.states),
  nemotron_h_moe: (layer, source, inputs) => mamba2Block(layer, source, inputs.states),
  lfm2: (layer, source, inputs) => shortConvolution(layer, source, inputs.states),
  lfm2moe: (layer, source, inputs) => shortConvolution(layer, source, inputs.states),
  plamo2: (layer, source, inputs) => plamo2Block(layer, source, inputs.states),
  qwen3next: (layer, source, inputs) => deltaNet(layer, source, inputs.states),
  qwen35: (layer, source, inputs) => deltaNet(layer, source, inputs.states),
  qwen35moe: (layer, source, inputs) => deltaNet(layer, source, inputs.states),
};

/** A recurrent block where the layer has a state, attention where it has a cache, else its feed-forward part. */
const hybridMixer: Mixer = (layer, source, inputs, traits) => {
  const block = ownValue(recurrentBlocks, layer.description.architecture);
  if (layer.recurrent !== undefined && block !== undefined) return block(layer, source, inputs, traits);
  if (layer.attention !== undefined) return attentionPart(layer, source, inputs, traits);
  return feedForwardPart(layer, source, traits);
};

/** Families whose layers have a structure of their own. */
const ownGraphs: Readonly<Record<string, (build: Build) => void>> = {
  rwkv6: rwkvGraph,
  rwkv6qwen2: rwkvGraph,
  rwkv7: rwkvGraph,
  arwkv7: rwkvGraph,
  cogvlm: cogVlmGraph,
  cohere2moe: cohere2MoeGraph,
  gptneox: gptNeoxGraph,
  grok: grokGraph,
  grovemoe: groveMoeGraph,
  llama4: llama4Graph,
  mimo2: mimo2Graph,
  minicpm3: miniCpm3Graph,
  qwen2moe: qwen2MoeGraph,
  qwen3tts: qwen3TtsGraph,
  smallthinker: smallThinkerGraph,
  gemma2: gemma2Graph,
  gemma3n: gemma3nGraph,
  gemma4: gemma4Graph,
  deci: deciGraph,
  "falcon-h1": falconH1Graph,
  bailingmoe3: ling3Graph,
  "kimi-linear": kimiLinearGraph,
  "kimi-k3": kimiK3Graph,
  arctic: arcticGraph,
  chameleon: chameleonGraph,
  hrm_text: hrmTextGraph,
  hy_v4: hunyuan4Graph,
  "minimax-01": minimax01Graph,
  "minimax-m3": minimaxM3Graph,
  talkie: talkieGraph,
  t5: t5Graph,
  t5encoder: t5EncoderGraph,
  deepseek32: deepSeek32Graph,
  deepseek4: deepSeek4Graph,
  "glm-dsa": deepSeek32Graph,
  dots3note: deepSeek32Graph,
  bert: bertGraph,
  "nomic-bert": bertGraph,
  "nomic-bert-moe": bertGraph,
  "jina-bert-v2": bertGraph,
  "jina-bert-v3": bertGraph,
};

/** Families whose layers are only a recurrent block. */
const blockOnly: Traits = { singleBlocks: true, rope: "never" };

/** What the file says of a family: Baichuan's 7B alone rotates, the largest StableLM 2 has no second norm. */
function traitsByFile(build: Build): Traits {
  const { architecture } = build.description;
  if (architecture === "baichuan" && build.layers !== 32) return { rope: "never" };
  if (architecture === "stablelm" && weight(build, "blk.0.ffn_norm.weight") === undefined)
    return { layout: "parallel-stablelm" };
  return {};
}

/** Builds the graph of a model: the family's own, or that of a decoder with the family's traits. */
export function buildFamilyGraph(build: Build): void {
  const { architecture } = build.description;
  const own = ownValue(ownGraphs, architecture);
  if (own !== undefined) {
    own(build);
    return;
  }
  const traits = { ...ownValue(familyTraits, architecture), ...traitsByFile(build) };
  if (latentFamilies.has(architecture)) decoderGraph(build, traits, { mixer: latentPart });
  else if (architecture === "mamba" || architecture === "mamba2")
    decoderGraph(build, blockOnly, { mixer: hybridMixer });
  else if (Object.hasOwn(recurrentBlocks, architecture)) decoderGraph(build, traits, { mixer: hybridMixer });
  else decoderGraph(build, traits);
}

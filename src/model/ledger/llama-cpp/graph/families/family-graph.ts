import { ownValue } from "../../../../../shared/own-value.ts";
import { attentionPart } from "../blocks/attention-part.ts";
import { latentAttention } from "../blocks/attention/latent-attention.ts";
import { decoderGraph } from "../blocks/decoder-graph.ts";
import { feedForwardPart } from "../blocks/feed-forward-part.ts";
import type { Mixer } from "../blocks/mixer.ts";
import { deltaNet } from "../blocks/recurrent/delta-net.ts";
import { mamba2Block, mambaBlock } from "../blocks/recurrent/mamba.ts";
import { plamo2Block } from "../blocks/recurrent/plamo2-mamba.ts";
import { shortConvolution } from "../blocks/recurrent/short-convolution.ts";
import { stateInputs } from "../blocks/recurrent/states.ts";
import type { Traits } from "../blocks/traits.ts";
import { setting, type Build, weight } from "../ggml/build.ts";
import { arcticGraph } from "./decoders/arctic.ts";
import { chameleonGraph } from "./decoders/chameleon.ts";
import { deciGraph } from "./decoders/deci.ts";
import { deepSeek32Graph } from "./decoders/deepseek32.ts";
import { deepSeek4Graph } from "./decoders/deepseek4.ts";
import { gemma3nGraph } from "./decoders/gemma3n.ts";
import { gemma4Graph } from "./decoders/gemma4.ts";
import { hrmTextGraph } from "./decoders/hrm-text.ts";
import { hunyuan4Graph } from "./decoders/hunyuan4.ts";
import { minimaxM3Graph } from "./decoders/minimax-m3.ts";
import { talkieGraph } from "./decoders/talkie.ts";
import { bertGraph } from "./encoders/bert.ts";
import { t5EncoderGraph, t5Graph } from "./encoders/t5.ts";
import { familyTraits } from "./family-traits.ts";
import { falconH1Graph } from "./recurrent/falcon-h1.ts";
import { kimiK3Graph } from "./recurrent/kimi-k3.ts";
import { kimiLinearGraph } from "./recurrent/kimi-linear.ts";
import { ling3Graph } from "./recurrent/ling3.ts";
import { minimax01Graph } from "./recurrent/minimax-01.ts";
import { rwkvGraph } from "./recurrent/rwkv.ts";

/** Families with latent attention. */
const latentFamilies: ReadonlySet<string> = new Set(["deepseek2", "mistral4", "minicpm3"]);

const latentMixer: Mixer = (layer, source, inputs) =>
  latentAttention(layer, source, inputs.positions, inputs.attention, inputs.temperature);

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

/** What the file says of a family: Command A MoE has one of two norms, the largest StableLM 2 no second one. */
function traitsByFile(build: Build): Traits {
  if (build.description.architecture === "stablelm" && weight(build, "blk.0.ffn_norm.weight") === undefined)
    return { layout: "parallel-stablelm" };
  if (build.description.architecture !== "cohere2moe") return {};
  const epsilon = setting(build, "attention.layer_norm_rms_epsilon") ?? 0;
  return { norm: epsilon === 0 ? "layer" : "rms" };
}

/** Builds the graph of a model; false where its family has none here. */
export function buildFamilyGraph(build: Build): boolean {
  const { architecture } = build.description;
  const traits = { ...ownValue(familyTraits, architecture), ...traitsByFile(build) };
  const own = ownValue(ownGraphs, architecture);
  if (own !== undefined) {
    own(build);
    return true;
  }
  const states = stateInputs(build);
  if (latentFamilies.has(architecture)) {
    const keysOnly = build.description.layers.some((layer) => layer.attention?.latent !== undefined);
    decoderGraph(build, traits, latentMixer, states, keysOnly);
  } else if (architecture === "mamba" || architecture === "mamba2") {
    decoderGraph(build, blockOnly, hybridMixer, states);
  } else if (Object.hasOwn(recurrentBlocks, architecture)) decoderGraph(build, traits, hybridMixer, states);
  else decoderGraph(build, traits, attentionPart, states);
  return true;
}

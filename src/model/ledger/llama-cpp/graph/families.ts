import { arcticGraph } from "./arctic.ts";
import { layerWeight, setting, type Build } from "./build.ts";
import { chameleonGraph } from "./chameleon.ts";
import { deepSeek4Graph } from "./deepseek4.ts";
import { deltaNet } from "./delta-net.ts";
import { kimiK3Graph } from "./kimi-k3.ts";
import { kimiGraph } from "./kimi.ts";
import { latentAttention } from "./latent-attention.ts";
import { mamba2Block, mambaBlock } from "./mamba.ts";
import { encoderGraph } from "./encoder.ts";
import { gemma3nGraph } from "./gemma3n.ts";
import { gemma4Graph } from "./gemma.ts";
import { rwkvGraph } from "./rwkv.ts";
import { minimax01Graph } from "./minimax-01.ts";
import { hunyuan4Graph } from "./hy-v4.ts";
import { lingGraph } from "./ling.ts";
import { minimaxM3Graph } from "./minimax-m3.ts";
import { plamo2Block } from "./plamo2.ts";
import { hrmTextGraph } from "./hrm-text.ts";
import { t5EncoderGraph, t5Graph } from "./t5.ts";
import { talkieGraph } from "./talkie.ts";
import { shortConvolution } from "./short-convolution.ts";
import { falconH1Graph } from "./side-by-side.ts";
import { sparseAttention, sparseInputs, type SparseInputs } from "./sparse-attention.ts";
import type { GraphTensor } from "./tensor.ts";
import { deciGraph } from "./skipping.ts";
import { stateInputs } from "./states.ts";
import { familyTraits, type Traits } from "./traits.ts";
import { decoderGraph } from "./decoder-graph.ts";
import { attentionPart, feedForwardPart, type Mixer } from "./transformer.ts";
import { ownValue } from "../../../../shared/own-value.ts";

/** Families with latent attention. */
const latentFamilies: ReadonlySet<string> = new Set(["deepseek2", "mistral4", "minicpm3"]);

const latentMixer: Mixer = (build, layer, source, inputs) =>
  latentAttention(build, layer, source, inputs.positions, inputs.attention, inputs.temperature);

function isRecurrent(build: Build, layer: number): boolean {
  return build.description.layers[layer]?.recurrent !== undefined;
}

const recurrentBlocks: Readonly<Record<string, Mixer>> = {
  mamba: (build, layer, source, inputs) => mambaBlock(build, layer, source, inputs.states),
  jamba: (build, layer, source, inputs) => mambaBlock(build, layer, source, inputs.states),
  mamba2: (build, layer, source, inputs) => mamba2Block(build, layer, source, inputs.states),
  granitehybrid: (build, layer, source, inputs) => mamba2Block(build, layer, source, inputs.states),
  nemotron_h: (build, layer, source, inputs) => mamba2Block(build, layer, source, inputs.states),
  nemotron_h_moe: (build, layer, source, inputs) => mamba2Block(build, layer, source, inputs.states),
  lfm2: (build, layer, source, inputs) => shortConvolution(build, layer, source, inputs.states),
  lfm2moe: (build, layer, source, inputs) => shortConvolution(build, layer, source, inputs.states),
  plamo2: (build, layer, source, inputs) => plamo2Block(build, layer, source, inputs.states),
  qwen3next: (build, layer, source, inputs) => deltaNet(build, layer, source, inputs.states),
  qwen35: (build, layer, source, inputs) => deltaNet(build, layer, source, inputs.states),
  qwen35moe: (build, layer, source, inputs) => deltaNet(build, layer, source, inputs.states),
};

/** A recurrent block where the layer has a state, attention where it has a cache, else its feed-forward part. */
const hybridMixer: Mixer = (build, layer, source, inputs, traits) => {
  const block = ownValue(recurrentBlocks, build.description.architecture);
  if (isRecurrent(build, layer) && block !== undefined) return block(build, layer, source, inputs, traits);
  if (build.description.layers[layer]?.attention !== undefined)
    return attentionPart(build, layer, source, inputs, traits);
  return feedForwardPart(build, layer, source, traits);
};

function sparseGraph(build: Build): void {
  let inputs: SparseInputs | undefined;
  let chosen: GraphTensor | undefined;
  const mixer: Mixer = (_, layer, source, stream) => {
    inputs ??= sparseInputs(build, stream.attention);
    const attended = sparseAttention(build, layer, source, stream.positions, inputs, chosen);
    ({ chosen } = attended);
    return attended.value;
  };
  const routing = { gating: "sigmoid", normalized: "as-set" } as const;
  decoderGraph(build, { routing }, mixer, stateInputs(build), true);
}

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
  bailingmoe3: lingGraph,
  "kimi-linear": kimiGraph,
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
  deepseek32: sparseGraph,
  deepseek4: deepSeek4Graph,
  "glm-dsa": sparseGraph,
  dots3note: sparseGraph,
  bert: encoderGraph,
  "nomic-bert": encoderGraph,
  "nomic-bert-moe": encoderGraph,
  "jina-bert-v2": encoderGraph,
  "jina-bert-v3": encoderGraph,
};

/** Families whose layers are only a recurrent block. */
const blockOnly: Traits = { singleBlocks: true, rope: "never" };

/** What the file says of a family: Command A MoE has one of two norms, the largest StableLM 2 no second one. */
function traitsByFile(build: Build): Traits {
  if (build.description.architecture === "stablelm" && layerWeight(build, 0, "ffn_norm.weight") === undefined)
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

import type { Build } from "./build.ts";
import { deltaNet } from "./delta-net.ts";
import { latentAttention } from "./latent-attention.ts";
import { mamba2Block, mambaBlock } from "./mamba.ts";
import { rwkvGraph } from "./rwkv.ts";
import { shortConvolution } from "./short-convolution.ts";
import { stateInputs } from "./states.ts";
import { familyTraits, type Traits } from "./traits.ts";
import { attentionPart, decoderGraph, feedForwardPart, type Mixer } from "./transformer.ts";

/** Families with latent attention. */
const latentFamilies: ReadonlySet<string> = new Set(["deepseek2", "mistral4"]);

const latentMixer: Mixer = (build, layer, source, inputs) =>
  latentAttention(build, layer, source, inputs.positions, inputs.attention, inputs.temperature);

function isRecurrent(build: Build, layer: number): boolean {
  return build.spec.layers[layer]?.recurrent !== undefined;
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
  qwen3next: (build, layer, source, inputs) => deltaNet(build, layer, source, inputs.states),
  qwen35: (build, layer, source, inputs) => deltaNet(build, layer, source, inputs.states),
  qwen35moe: (build, layer, source, inputs) => deltaNet(build, layer, source, inputs.states),
};

/** A recurrent block where the layer has a state, attention where it has a cache, else its feed-forward part. */
const hybridMixer: Mixer = (build, layer, source, inputs, traits) => {
  const block = recurrentBlocks[build.spec.architecture];
  if (isRecurrent(build, layer) && block !== undefined) return block(build, layer, source, inputs, traits);
  if (build.spec.layers[layer]?.attention !== undefined)
    return attentionPart(build, layer, source, inputs, traits);
  return feedForwardPart(build, layer, source, traits);
};

const rwkvFamilies: ReadonlySet<string> = new Set(["rwkv6", "rwkv6qwen2", "rwkv7", "arwkv7"]);

/** Families whose layers are only a recurrent block. */
const blockOnly: Traits = { singleBlocks: true, rope: "never" };

/** Builds the graph of a model; false where its family has none here. */
export function buildFamilyGraph(build: Build): boolean {
  const { architecture } = build.spec;
  const traits = familyTraits[architecture] ?? {};
  if (rwkvFamilies.has(architecture)) {
    rwkvGraph(build);
    return true;
  }
  const states = stateInputs(build);
  if (latentFamilies.has(architecture)) {
    const keysOnly = build.spec.layers.some((layer) => layer.attention?.latent !== undefined);
    decoderGraph(build, traits, latentMixer, states, keysOnly);
  } else if (architecture === "mamba" || architecture === "mamba2") {
    decoderGraph(build, blockOnly, hybridMixer, states);
  } else if (architecture in recurrentBlocks) decoderGraph(build, traits, hybridMixer, states);
  else decoderGraph(build, traits, attentionPart, states);
  return true;
}

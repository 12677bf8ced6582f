import type { ArgumentTable, FlagArgument, TextArgument } from "../command/define-command.ts";

type More = Partial<Pick<TextArgument, "aliases" | "switches" | "group">>;

/** Declares an option with a value. */
export function text(description: string, valueHint: string, more: More = {}): TextArgument {
  return { type: "string", description, valueHint, ...more };
}

/** Declares an option without a value. */
export function flag(description: string, more: Pick<More, "aliases" | "group"> = {}): FlagArgument {
  return { type: "boolean", description, ...more };
}

/** Options that every command about a model takes. */
export const modelArguments: ArgumentTable = {
  model: {
    type: "positional",
    required: true,
    description:
      "a file (GGUF, safetensors, config.json, model.json, .keras, ONNX), its folder, a URL, hf:owner/name, or - for standard input",
    valueHint: "MODEL",
  },
  engine: text("llama.cpp, vllm, pytorch or tensorflow.js (default: by the file's format)", "NAME"),
  device: text("device to time a step on, by name: rtx4090, h100, m4-max, … (see loadline devices)", "NAME"),
  token: text("Hugging Face token for gated models (default: HF_TOKEN from the environment)", "TOKEN"),
  report: text("write a page with charts to this file", "OUT.html"),
  json: flag("print JSON"),
};

const serving = "Serving (llama.cpp and vLLM)";
const llamaCpp = "llama.cpp only";
const vllm = "vLLM only";

/** Settings that an engine is started with, under our names and the engines' own. */
export const servingArguments: ArgumentTable = {
  context: text("context in tokens: 32k is 32,768 (default: the model's own)", "TOKENS", {
    group: serving,
    aliases: ["-c", "--ctx-size", "--max-model-len"],
  }),
  sequences: text("concurrent sequences (default: 1)", "N", {
    group: serving,
    aliases: ["-np", "--parallel"],
  }),
  "kv-type": text(
    "KV cache type: f32, f16, bf16, q8_0, q5_1, q5_0, q4_1, q4_0, iq4_nl; vLLM: auto, fp8",
    "TYPE",
    { group: serving, aliases: ["--kv-cache-dtype"] },
  ),
  "key-type": text("type of the keys, where it differs", "TYPE", {
    group: llamaCpp,
    aliases: ["-ctk", "--cache-type-k"],
  }),
  "value-type": text("type of the values, where it differs", "TYPE", {
    group: llamaCpp,
    aliases: ["-ctv", "--cache-type-v"],
  }),
  batch: text(
    "tokens per batch (default: 2048); with --train: sequences per step; for model.json: samples",
    "N",
    { aliases: ["-b", "--batch-size"] },
  ),
  ubatch: text("tokens per micro-batch (default: 512)", "N", {
    group: llamaCpp,
    aliases: ["-ub", "--ubatch-size"],
  }),
  "flash-attention": text("on or off (default: on)", "SWITCH", {
    group: llamaCpp,
    aliases: ["-fa", "--flash-attn"],
  }),
  unified: flag("share one KV cache among all sequences", {
    group: llamaCpp,
    aliases: ["-kvu", "--kv-unified"],
  }),
  "full-windows": flag("keep the entire context in sliding-window layers", {
    group: llamaCpp,
    aliases: ["--swa-full"],
  }),
  outputs: text("logit rows per batch; llama-server: one per sequence (default: all)", "N", {
    group: llamaCpp,
  }),
  gpus: text("graphics cards (default: 1 with --gpu-layers, otherwise none)", "N", { group: llamaCpp }),
  "gpu-layers": text("layers on graphics cards: a number or all", "N", {
    group: llamaCpp,
    aliases: ["-ngl", "--n-gpu-layers"],
  }),
  "tensor-split": text("share of the layers per card, such as 3,1", "SHARES", {
    group: llamaCpp,
    aliases: ["-ts"],
  }),
  "override-tensor": text("tensor patterns with their device, such as 'exps=host;attn=gpu0'", "RULES", {
    group: llamaCpp,
    aliases: ["-ot"],
  }),
  "kv-offload": text("on: KV cache on the device of its layer; off: on the host (default: on)", "SWITCH", {
    group: llamaCpp,
    switches: { "-nkvo": "off", "--no-kv-offload": "off" },
  }),
  repack: text("on: repack 4-bit weights on the host, if no card is used (default: on)", "SWITCH", {
    group: llamaCpp,
    switches: { "-nr": "off", "--no-repack": "off" },
  }),
  mmap: text("on: map host weights from the file; off: load them (default: on)", "SWITCH", {
    group: llamaCpp,
    switches: { "--no-mmap": "off" },
  }),
  mmproj: text("projector file for images or audio: its weights are added", "FILE", {
    group: llamaCpp,
    aliases: ["-mm"],
  }),
  lora: text("adapter file: its weights are added", "FILE", { group: llamaCpp }),
  draft: text("draft model with a context of its own", "FILE", {
    group: llamaCpp,
    aliases: ["-md", "--model-draft"],
  }),
  "cache-ram": text("host memory for cached prompts (llama-server: 8GiB)", "BYTES", {
    group: llamaCpp,
    aliases: ["-cram"],
  }),
  "ctx-checkpoints": text("saved states per sequence (llama-server: 32)", "N", {
    group: llamaCpp,
    aliases: ["-ctxcp"],
  }),
};

/** vLLM's own settings. */
export const vllmArguments: ArgumentTable = {
  memory: text("memory of one device, such as 24GiB (default: the device's)", "BYTES", { group: vllm }),
  utilization: text("share of the memory that vLLM may use (default: 0.92)", "SHARE", {
    group: vllm,
    aliases: ["--gpu-memory-utilization"],
  }),
  "max-sequences": text("most concurrent sequences (default: 1024 from 70 GiB on, otherwise 256)", "N", {
    group: vllm,
    aliases: ["--max-num-seqs"],
  }),
  "batched-tokens": text("most tokens per step (default: 8192 from 70 GiB on, otherwise 2048)", "N", {
    group: vllm,
    aliases: ["--max-num-batched-tokens"],
  }),
  "block-size": text("tokens per KV block (default: 16; latent attention in fp8: 64)", "N", { group: vllm }),
  "vllm-release": text("0.19, 0.21 or 0.33 (default: 0.21)", "RELEASE", { group: vllm }),
  "tensor-parallel": text("devices that share each layer (default: 1)", "N", {
    group: vllm,
    aliases: ["-tp", "--tensor-parallel-size"],
  }),
  "pipeline-parallel": text("pipeline stages (default: 1)", "N", {
    group: vllm,
    aliases: ["-pp", "--pipeline-parallel-size"],
  }),
  eager: flag("no CUDA graphs", { group: vllm, aliases: ["--enforce-eager"] }),
};

/** The values of a command line, by the names that are typed. */
export type Given = Readonly<Record<string, unknown>>;

/** Returns the text of an option, or undefined if it is not given. */
export function textOf(given: Given, name: string): string | undefined {
  const value = given[name];
  return typeof value === "string" ? value : undefined;
}

/** Reads an option with `read` and returns it under the library's name; returns nothing if it is not given. */
export function optional<const Key extends string, Value>(
  given: Given,
  name: string,
  key: Key,
  read: (name: string, text: string | undefined) => Value,
): { readonly [K in Key]?: Value } {
  const value = textOf(given, name);
  return value === undefined ? {} : ({ [key]: read(name, value) } as { readonly [K in Key]?: Value });
}

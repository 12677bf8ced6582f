import type { ArgumentTable } from "../command/define-command.ts";

interface StringArgument {
  readonly type: "string";
  readonly description: string;
  readonly valueHint: string;
}

const text = (description: string, valueHint: string): StringArgument => ({
  type: "string",
  description: description,
  valueHint: valueHint,
});

/** What every question about a model takes. */
export const modelArguments: ArgumentTable = {
  model: {
    type: "positional",
    required: true,
    description:
      "a file (GGUF, safetensors, config.json, model.json, .keras, ONNX), its folder, a URL, or hf:owner/name",
    valueHint: "MODEL",
  },
  engine: text("llama.cpp, vllm, pytorch or tensorflow.js (default: by the file's format)", "NAME"),
  device: text("a device by name, for the time a step takes at best: rtx4090, h100, m4-max, …", "NAME"),
  token: text(
    "token of the Hugging Face Hub for models that ask for one (default: HF_TOKEN of the environment)",
    "TOKEN",
  ),
  json: { type: "boolean", description: "print JSON" },
  report: text("write a page with the ledger", "OUT.html"),
};

/** How an engine is started. */
export const servingArguments: ArgumentTable = {
  context: text(
    "tokens of context, all sequences together with llama.cpp (default: the model's own)",
    "TOKENS",
  ),
  sequences: text("sequences at a time (default: 1)", "N"),
  "kv-type": text(
    "type of the cache: f32, f16, bf16, q8_0, q5_1, q5_0, q4_1, q4_0, iq4_nl; vllm: auto, fp8",
    "TYPE",
  ),
  "key-type": text("type of the keys alone", "TYPE"),
  "value-type": text("type of the values alone", "TYPE"),
  batch: text(
    "tokens of a batch (default: 2048); with --train: sequences of a step; model.json: samples",
    "N",
  ),
  ubatch: text("tokens of a micro-batch (default: 512)", "N"),
  "flash-attention": text("on or off (default: on)", "SWITCH"),
  unified: { type: "boolean", description: "one cache for all sequences" },
  "full-windows": { type: "boolean", description: "layers with a window keep everything (--swa-full)" },
  outputs: text("rows of logits wanted from a batch; llama-server: one a sequence (default: all)", "N"),
  gpus: text("graphics cards (default: 1 with --gpu-layers, else none)", "N"),
  "gpu-layers": text("layers on graphics cards: a number or all", "N"),
  "tensor-split": text("shares of the layers by card, such as 3,1", "SHARES"),
  "override-tensor": text(
    "tensors by pattern to a place, such as 'exps=host' (several: separate by ;)",
    "RULES",
  ),
  "kv-offload": text("on: caches lie with their layers; off: on the host (default: on)", "SWITCH"),
  repack: text(
    "on: the host lays 4-bit weights out anew, without graphics cards; off: --no-repack (default: on)",
    "SWITCH",
  ),
  mmap: text("on: weights on the host are pages of the file; off: held (default: on)", "SWITCH"),
  mmproj: text("a projector for pictures or sound, counted as given", "FILE"),
  lora: text("an adapter, counted as given", "FILE"),
  draft: text("a draft model with a context of its own", "FILE"),
  "cache-ram": text("kept prompts on the host, at most (llama-server: 8GiB)", "BYTES"),
  "ctx-checkpoints": text("kept copies of windows and states for each sequence (llama-server: 32)", "N"),
};

/** vLLM's own settings. */
export const vllmArguments: ArgumentTable = {
  memory: text("memory of one device, for vLLM's pool, such as 24GiB (default: the device's)", "BYTES"),
  utilization: text("vLLM: share of the memory it takes (default: 0.92)", "SHARE"),
  "max-sequences": text("vLLM: --max-num-seqs (default: 1024 from 70 GiB on, else 256)", "N"),
  "batched-tokens": text("vLLM: --max-num-batched-tokens (default: 8192 from 70 GiB on, else 2048)", "N"),
  "block-size": text("vLLM: tokens of a block (default: 16, of latent attention in fp8 64)", "N"),
  "vllm-release": text("vLLM: 0.19, 0.21 or 0.33 (default: 0.21)", "RELEASE"),
  "tensor-parallel": text("devices that share each layer (default: 1)", "N"),
  "pipeline-parallel": text("stages of layers (default: 1)", "N"),
  eager: { type: "boolean", description: "vLLM: no CUDA graphs" },
};

/** What a command got: names as they are typed. */
export type Given = Readonly<Record<string, unknown>>;

/** The text of an option, or undefined where it is not given. */
export function textOf(given: Given, name: string): string | undefined {
  const value = given[name];
  return typeof value === "string" ? value : undefined;
}

/** An option read by `read`, under the name that the ledger has for it; nothing where it is not given. */
export function optional<const Key extends string, Value>(
  given: Given,
  name: string,
  key: Key,
  read: (name: string, text: string | undefined) => Value,
): { readonly [K in Key]?: Value } {
  const value = textOf(given, name);
  return value === undefined ? {} : ({ [key]: read(name, value) } as { readonly [K in Key]?: Value });
}

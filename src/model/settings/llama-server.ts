import { LoadlineError } from "../../shared/errors.ts";
import { isQuantizedCache } from "../ledger/llama-cpp/graph/ggml/cache-type-rows.ts";
import type { LlamaCppOptions } from "../ledger/llama-cpp/options.ts";
import type { ModelLoad } from "./model-load.ts";
import { commandText } from "./settings-block.ts";
import type { SettingsBlock } from "./settings-block.ts";
import { MiB } from "../../shared/units.ts";

const target = "llama-server (llama.cpp v0.5.0)";

/** What llama-server is started with in addition to the engine's options. */
export interface LlamaServerOptions {
  /** Path of the GGUF, or the words that name it. */
  readonly model: string | ModelLoad;
  readonly options: LlamaCppOptions;
  /** Layers of the model with the output layer; `-ngl` with this number places all of them. */
  readonly layers: number;
}

/** Returns how many of the first layers keep their experts on the host, where the overrides say exactly that. */
function expertLayers(options: LlamaCppOptions): number | undefined {
  const [only, ...more] = options.overrides ?? [];
  if (only === undefined || more.length > 0 || only.device !== "host") return undefined;
  const listed = /^blk\\\.\((\d+(?:\|\d+)*)\)\\\.ffn_\(gate\|up\|down\|gate_up\)_\(ch\|\)exps$/u.exec(
    only.pattern,
  )?.[1];
  const layers = listed?.split("|").map(Number) ?? [];
  return layers.length > 0 && layers.every((layer, index) => layer === index) ? layers.length : undefined;
}

/** Places tensors in full: a single one of these flags turns off the engine's own fitting. */
function placement(server: LlamaServerOptions): readonly (readonly string[])[] {
  const { options, layers } = server;
  const devices = options.devices ?? 0;
  if (devices === 0) return [["-ngl", "0"]];
  const asked = options.gpuLayers === undefined || options.gpuLayers === "all" ? layers : options.gpuLayers;
  const experts = expertLayers(options);
  const overrides = options.overrides ?? [];
  return [
    ["-ngl", String(asked)],
    ...(devices > 1
      ? [["-ts", (options.tensorSplit ?? Array.from({ length: devices }, () => 1)).join(",")]]
      : []),
    ...(experts === undefined
      ? overrides.length === 0
        ? []
        : [["-ot", overrides.map(({ pattern, device }) => `${pattern}=${bufferName(device)}`).join(",")]]
      : [["-ncmoe", String(experts)]]),
    ...(options.offloadCache === false ? [["-nkvo"]] : []),
  ];
}

function bufferName(device: string): string {
  return device === "host" ? "CPU" : device.replace(/^gpu/u, "CUDA");
}

function requireFlashAttention(options: LlamaCppOptions): void {
  if (options.flashAttention !== false || !isQuantizedCache(options.valueType ?? "f16")) return;
  throw new LoadlineError(
    "invalid-option",
    `valueType: got ${options.valueType ?? ""} without flash attention, allowed: f32, f16, bf16`,
    { details: { option: "valueType" } },
  );
}

/**
 * Returns the command that starts llama-server with these options. It uses only flags of that release, quantized values only
 * with flash attention, and places tensors in full, because one placing flag turns off the engine's own fitting. Errors:
 * `invalid-option` where the engine would refuse to start.
 */
export function llamaServerSettings(server: LlamaServerOptions): SettingsBlock {
  const { options } = server;
  requireFlashAttention(options);
  const load = typeof server.model === "string" ? { words: ["-m", server.model], notes: [] } : server.model;
  const keyType = options.keyType ?? "f16";
  const valueType = options.valueType ?? "f16";
  const flags: readonly (readonly string[])[] = [
    load.words,
    ...(options.contextTokens === undefined ? [] : [["-c", String(options.contextTokens)]]),
    ["-np", String(options.sequences ?? 1)],
    [options.unified === true ? "--kv-unified" : "--no-kv-unified"],
    ["-b", String(options.batch ?? 2048)],
    ["-ub", String(options.ubatch ?? 512)],
    ["-fa", options.flashAttention === false ? "off" : "on"],
    ...(keyType === "f16" ? [] : [["-ctk", keyType]]),
    ...(valueType === "f16" ? [] : [["-ctv", valueType]]),
    ...(options.fullWindows === true ? [["--swa-full"]] : []),
    ...placement(server),
    // v0.5.0 no longer has --no-mmap
    ...(options.held === true ? [["-lm", "none"]] : []),
    ["--cache-ram", String(Math.floor((options.promptCacheBytes ?? 0) / MiB))],
    ["--ctx-checkpoints", String(options.checkpoints ?? 0)],
  ];
  return {
    target,
    kind: "command",
    text: commandText(["llama-server"], flags),
    notes: [
      ...load.notes,
      ...(options.outputs === undefined
        ? []
        : ["one row of logits per sequence needs no flag: llama-server's default since May 2026"]),
      "-c is the context of all sequences together",
      "--cache-ram and --ctx-checkpoints are 0 because they were not counted; the server's defaults are 8192 MiB and 32",
    ],
  };
}

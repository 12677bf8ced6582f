import type { ByteLine } from "../byte-ledger.ts";
import type { Spec } from "../../spec/spec.ts";
import { layerCaches, layerStates } from "./cache.ts";
import type { ContextSizes } from "./context.ts";
import { engineName } from "./engine-name.ts";
import type { CheckedLlamaCppOptions } from "./options.ts";
import { host } from "./placement.ts";

const mebibyte = 2 ** 20;

/** A CUDA context with llama.cpp's kernels: published logs say 320 to 500 MiB (453 in pull request 15860). */
const deviceContextBytes = 450 * mebibyte;
/** Workspace of cuBLAS on each device. */
const libraryBytes = 8 * mebibyte;

/** What each accelerator holds beside what is asked of it. Bytes. */
export const runtimeBytes: number = deviceContextBytes + libraryBytes;

function deviceLines(devices: number): readonly ByteLine[] {
  return Array.from({ length: devices }, (_, index): ByteLine => ({
    kind: "runtime",
    label: "driver's context and library workspace",
    device: `gpu${index}`,
    phase: "load",
    bytes: runtimeBytes,
    formula: "context + workspace",
    inputs: { contextMiB: 450, workspaceMiB: 8 },
    engine: engineName,
    confidence: "calibrated",
    note: "328 to 508 MiB by driver and card",
  }));
}

function given(
  kind: ByteLine["kind"],
  label: string,
  device: string,
  bytes: number,
  note?: string,
): readonly ByteLine[] {
  if (bytes === 0) return [];
  return [
    {
      kind,
      label,
      device,
      phase: "load",
      bytes,
      formula: "as given",
      inputs: {},
      engine: engineName,
      confidence: "derived",
      ...(note === undefined ? {} : { note }),
    },
  ];
}

/** Bytes of what a checkpoint of one sequence copies: recurrent state, and the cache of layers with a window. */
function checkpointBytes(spec: Spec, options: CheckedLlamaCppOptions, sizes: ContextSizes): number {
  const states = layerStates(spec, 1).reduce((sum, state) => sum + state.bytes, 0);
  const windows = layerCaches(spec, options.context, sizes)
    .filter((cache) => cache.windowed)
    .reduce((sum, cache) => sum + (cache.keyBytes ?? 0) + (cache.valueBytes ?? 0), 0);
  return states + windows / options.context.sequences;
}

/** What lies outside the engine's own buffers, each a line of its own with how sure it is. */
export function outsideLines(
  spec: Spec,
  options: CheckedLlamaCppOptions,
  sizes: ContextSizes,
): readonly ByteLine[] {
  const { extras, devices, context } = options;
  const first = devices > 0 ? "gpu0" : host;
  const each = checkpointBytes(spec, options, sizes);
  const checkpoints = extras.checkpoints * context.sequences * each;
  return [
    ...deviceLines(devices),
    ...given(
      "projector",
      "picture or sound projector, with its own compute buffer",
      first,
      extras.projectorBytes,
    ),
    ...given("adapter", "adapters (LoRA)", first, extras.adapterBytes),
    ...given("draft", "draft model and its context", first, extras.draftBytes),
    ...given(
      "prompt-cache",
      "kept prompts, at most",
      host,
      extras.promptCacheBytes,
      "grows while serving, up to this",
    ),
    ...given(
      "prompt-cache",
      "checkpoints of windows and recurrent state, at most",
      host,
      checkpoints,
      `${extras.checkpoints} of each sequence, ${Math.round(each)} bytes each`,
    ),
  ];
}

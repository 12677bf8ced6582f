import type { ModelDescription } from "../../description/model-description.ts";
import type { ByteItem } from "../byte-ledger.ts";
import { vllmActivationBytes } from "./activation.ts";
import { settingNumber } from "./sparse-latent.ts";
import { countGraphs, graphBytes } from "./graphs.ts";
import type { Stage } from "./stages.ts";
import type { CheckedVllmOptions } from "./vllm-options.ts";
import { GiB } from "../../../shared/units.ts";

/** Releases whose start-up logs the activation and the overheads were compared with. */
const comparedEngine = "vLLM 0.17 to 0.19";

/** Returns an item of the engine's release in the only phase that vLLM's memory has. */
export function vllmItem(
  options: CheckedVllmOptions,
  device: string,
  part: Omit<ByteItem, "device" | "phase" | "engine"> & { readonly engine?: string },
): ByteItem {
  return { engine: `vLLM ${options.release.name}`, ...part, device, phase: "load" };
}

/** Memory outside PyTorch's allocator: 0.25 to 0.27 GiB alone, 0.07 in a pipeline, 2.07 to 2.17 with NCCL. */
function outsideBytes({ tensorParallel, pipelineParallel }: CheckedVllmOptions): number {
  if (tensorParallel > 1) return Math.round(2.12 * GiB);
  return Math.round((pipelineParallel > 1 ? 0.07 : 0.26) * GiB);
}

/** Families without rotary positions. */
const withoutAngles: ReadonlySet<string> = new Set([
  "gpt2",
  "opt",
  "bloom",
  "starcoder",
  "bert",
  "jamba",
  "nemotron_h",
  "nemotron_h_moe",
  "mpt",
]);

/**
 * Returns the bytes of sines and cosines of every position in two bytes (`rotary_embedding/base.py`), twice where windows
 * rotate differently.
 */
function angleBytes(description: ModelDescription, stage: Stage): number {
  const attention = stage.layers.find((layer) => layer.attention !== undefined)?.attention;
  const unturned =
    withoutAngles.has(description.architecture) || description.settings["position_embedding_type"] === "nope";
  if (attention === undefined || description.contextLength === undefined || unturned) return 0;
  const width = attention.latent?.ropeWidth ?? attention.keyWidth;
  const share =
    attention.latent === undefined
      ? (settingNumber(description, "partial_rotary_factor", "rotary_pct") ?? 1)
      : 1;
  const tables = settingNumber(description, "rope_local_base_freq") === undefined ? 1 : 2;
  return tables * description.contextLength * Math.floor(width * share) * 2;
}

/**
 * Returns the bytes of latent attention's projections in two bytes: of quantized weights it keeps such a copy
 * (`mla_attention.py`).
 */
function latentCopyBytes(description: ModelDescription, stage: Stage, options: CheckedVllmOptions): number {
  const each =
    description.weightBytes === undefined || description.parameters === undefined
      ? 2
      : description.weightBytes / description.parameters;
  if (each > 1.5) return 0;
  return stage.layers.reduce((sum, { attention }) => {
    if (attention?.latent === undefined) return sum;
    const { heads, keyWidth, valueWidth, latent } = attention;
    return (
      sum + (2 * latent.rank * heads * (keyWidth - latent.ropeWidth + valueWidth)) / options.tensorParallel
    );
  }, 0);
}

/** Lists the weights of a stage on one rank, and the part of them that stays on the host. */
export function weightItems(
  device: string,
  description: ModelDescription,
  stage: Stage,
  options: CheckedVllmOptions,
): readonly ByteItem[] {
  const item = vllmItem.bind(undefined, options);
  const held =
    stage.weightBytes === undefined ? undefined : Math.max(0, stage.weightBytes - options.offloadBytes);
  const offloaded = Math.min(options.offloadBytes, stage.weightBytes ?? 0);
  const items = [
    item(device, {
      kind: "weights",
      label: options.pipelineParallel > 1 ? `weights of stage ${stage.index}` : "weights",
      bytes: held,
      formula:
        "(layers + embedding + output layer, rows rounded up to 64) / tensor ranks + what every rank holds in full - offloaded",
      inputs: {
        layers: stage.layers.length,
        tensorRanks: options.tensorParallel,
        stages: options.pipelineParallel,
        offloaded: options.offloadBytes,
      },
      confidence: held === undefined ? "unknown" : "derived",
    }),
  ];
  const angles = angleBytes(description, stage);
  if (angles > 0) {
    items.push(
      item(device, {
        kind: "weights",
        label: "sines and cosines of positions",
        bytes: angles,
        formula: "tables x positions x rotated width x 2",
        inputs: { positions: description.contextLength ?? "unknown" },
        confidence: "derived",
      }),
    );
  }
  const copies = latentCopyBytes(description, stage, options);
  if (copies > 0) {
    items.push(
      item(device, {
        kind: "weights",
        label: "latent projections in two bytes",
        bytes: copies,
        formula: "2 x layers x latent rank x heads x (key + value width) / tensor ranks",
        inputs: { layers: stage.layers.length, tensorRanks: options.tensorParallel },
        confidence: "derived",
      }),
    );
  }
  return offloaded === 0 ? items : [...items, ...offloadItems(device, stage, options, offloaded)];
}

function offloadItems(
  device: string,
  stage: Stage,
  options: CheckedVllmOptions,
  offloaded: number,
): readonly ByteItem[] {
  const layer = Math.ceil((stage.weightBytes ?? 0) / Math.max(1, stage.layers.length));
  return [
    vllmItem(options, device, {
      kind: "weights",
      label: "the current layer, copied from the host",
      bytes: Math.min(layer, offloaded),
      formula: "weights / layers",
      inputs: { layers: stage.layers.length },
      confidence: "derived",
    }),
    vllmItem(options, "host", {
      kind: "weights",
      label: `weights offloaded from ${device}`,
      bytes: offloaded,
      formula: "as given",
      inputs: {},
      confidence: "derived",
      note: "read over PCI Express in each pass",
    }),
  ];
}

function activationItem(
  device: string,
  description: ModelDescription,
  stage: Stage,
  options: CheckedVllmOptions,
): ByteItem {
  const bytes = vllmActivationBytes(description, { ...options, samples: stage.isLast });
  const isNewer = options.release.samplerBytes !== 14;
  return vllmItem(options, device, {
    kind: "activations",
    label: "peak of activations while profiling",
    bytes,
    formula: `max(vocabulary x (sequences x ${options.release.samplerBytes} + 132 x 4) + (tokens + 2 x sequences) x width x 2 where it samples, tokens x 2 x (3 x feed-forward / ranks + 3.75 x width, 5.75 where it passes on)) + 32 MiB + tokens x chosen experts x (max(inner, width) + max(2 x inner, width)) x 2`,
    inputs: {
      sequences: options.maxSequences,
      tokens: options.batchedTokens,
      vocabulary: description.vocabularySize ?? "unknown",
      width: description.embeddingWidth ?? "unknown",
    },
    confidence: bytes === undefined ? "unknown" : "calibrated",
    ...(isNewer ? {} : { engine: comparedEngine }),
    note: isNewer
      ? "the newer runner's sampler was read from its source and not compared with a start-up log"
      : "within 1 % of 16 public logs of dense text models and of 5 with experts; with images 2 to 7 % low",
  });
}

/** Lists what vLLM takes in addition to weights and pool: activations, memory outside the allocator, CUDA graphs. */
export function overheadItems(
  device: string,
  description: ModelDescription,
  stage: Stage,
  options: CheckedVllmOptions,
): readonly ByteItem[] {
  const { release, maxSequences } = options;
  const items = [
    activationItem(device, description, stage, options),
    vllmItem(options, device, {
      kind: "runtime",
      label: "outside PyTorch's allocator",
      bytes: outsideBytes(options),
      formula: "0.26 GiB alone, 0.07 in a pipeline, 2.12 with tensor ranks",
      inputs: { tensorRanks: options.tensorParallel, stages: options.pipelineParallel },
      confidence: "calibrated",
      engine: comparedEngine,
    }),
  ];
  const vocabulary = description.vocabularySize;
  if (release.countsTokens && stage.isLast && vocabulary !== undefined) {
    items.push(
      vllmItem(options, device, {
        kind: "output",
        label: "token counts of each request, for penalties",
        bytes: maxSequences * 4 * (vocabulary + Math.ceil(vocabulary / 32)),
        formula: "sequences x (4 x vocabulary + vocabulary / 8)",
        inputs: { sequences: maxSequences, vocabulary },
        confidence: "derived",
      }),
    );
  }
  if (options.eager) return items;
  const count = countGraphs(maxSequences, options.batchedTokens);
  const graphs = vllmItem(options, device, {
    kind: "graphs",
    label: "CUDA graphs",
    bytes: graphBytes(count),
    formula: "0.3 GiB + graphs x 0.00725 GiB, fitted to public logs (102 graphs: 0.51 to 1.85 GiB)",
    inputs: { graphs: count },
    confidence: "calibrated",
    note: release.countsGraphs
      ? "taken out of the pool since 0.21"
      : "taken in addition to the pool, outside vLLM's share of the memory",
  });
  return [...items, graphs];
}

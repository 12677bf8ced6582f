import type { KerasPeak, ModelSize, Pace, VllmPool } from "../../model/index.ts";
import { describeSizeFacts, describeEngine } from "./describe-facts.ts";
import { formatBytes } from "./format-bytes.ts";
import { fitLines, formatInteger } from "./format-table.ts";
import type { TextLayout } from "./text-style.ts";
import { showOnOneLine } from "./visible-text.ts";
import { describeByteLedger, describeFormulas, ledgerJson } from "./describe-ledger.ts";

function formatSeconds(seconds: number): string {
  if (seconds < 0.001) return `${(seconds * 1e6).toPrecision(3)} µs`;
  return seconds < 1 ? `${(seconds * 1000).toPrecision(3)} ms` : `${seconds.toPrecision(3)} s`;
}

function formatOperations(operations: number): string {
  const names = ["million", "billion", "trillion", "quadrillion", "quintillion"];
  const power = Math.min(
    names.length - 1,
    Math.max(0, Math.floor(Math.log10(Math.max(1, operations)) / 3) - 2),
  );
  return `${Number((operations / 10 ** (6 + 3 * power)).toPrecision(3))} ${names[power] ?? ""}`;
}

function formatRate(perSecond: number): string {
  return perSecond < 10 ? perSecond.toPrecision(2) : formatInteger(perSecond);
}

function describeBound(pace: Pace): string {
  if (pace.roofline.binds === "host") return "limited by host memory at 90 GB/s";
  const known = pace.roofline.computeSeconds !== undefined;
  if (!known) return "its peak is not published: from bandwidth alone";
  return pace.roofline.binds === "bandwidth" ? "limited by bandwidth" : "limited by arithmetic";
}

const stepNames: Readonly<Record<Pace["traffic"]["phase"], (counted: string) => string>> = {
  decode: () => "one more token per sequence",
  prefill: (counted) => `a prompt of ${counted}`,
  training: (counted) => `a micro-step of ${counted} and the optimizer step`,
  inference: (counted) => `a batch of ${counted}`,
};

/** Describes what a step moves and computes, and the least time it can take on a device. */
export function describePaces(paces: readonly Pace[]): readonly string[] {
  return paces.map((pace) => {
    const { traffic, roofline } = pace;
    const unit = traffic.unit ?? "tokens";
    const what = stepNames[traffic.phase](`${formatInteger(traffic.tokens)} ${unit}`);
    const least = traffic.atLeast ? "at least " : "";
    return `${traffic.phase}: ${what} moves ${least}${formatBytes(traffic.bytes)} and takes ${formatOperations(traffic.operations)} operations; on ${pace.device.label} at least ${formatSeconds(roofline.seconds)}, at most ${formatRate(roofline.tokensPerSecond)} ${unit}/s (${describeBound(pace)})`;
  });
}

function describePool(pool: VllmPool): readonly string[] {
  const request = `a request of the full context takes ${formatInteger(pool.blocksOfRequest)} blocks of ${pool.blockTokens} tokens`;
  if (pool.refused !== undefined) return [`pool: vLLM refuses the model: ${pool.refused}`];
  if (pool.blocks === undefined) return [`pool: ${request}`];
  const longest = pool.maxContextTokens ?? 0;
  const starts =
    pool.starts === false
      ? `; it does not fit, so vLLM refuses to start${longest > 0 ? `; with --max-model-len ${longest} it starts` : ""}`
      : `; vLLM reports ${formatInteger(pool.tokens ?? 0)} tokens`;
  return [
    `pool: ${formatInteger(pool.blocks)} blocks; ${request}, ${(pool.concurrency ?? 0).toFixed(2)} fit at a time${starts}`,
  ];
}

function describePeaks(peaks: readonly KerasPeak[]): readonly string[] {
  if (peaks.length === 0) return [];
  const each = peaks.map(({ phase, bufferBytes }) => `${phase} ${formatBytes(bufferBytes)}`);
  return [
    `shared buffers counted once: ${each.join(", ")} (above, as in tf.memory(), every view of a buffer counts)`,
    "Keras in Python holds the same weights, batch and optimizer states, but other temporaries",
  ];
}

/** Describes a model's ledger, pool, pace and unknowns; with `explain` also every formula. */
export function describeModelSize(size: ModelSize, explain: boolean, layout: TextLayout): string {
  const { ledger, model, paces } = size;
  const lines = [
    `${layout.style.heading(showOnOneLine(model.name))}: ${showOnOneLine(describeSizeFacts(size).join("; "))}`,
    `with ${describeEngine(size)}`,
    "",
    describeByteLedger(ledger, layout),
    ...(size.engine === "vllm" ? describePool(size.pool) : []),
    ...(size.engine === "tensorflow.js" ? describePeaks(size.peaks) : []),
    ...(paces.length === 0 ? [] : ["", ...describePaces(paces)]),
    ...(model.unknown.length === 0 ? [] : ["", `unknown: ${showOnOneLine(model.unknown.join("; "))}`]),
    ...(explain ? ["", layout.style.heading("formulas"), describeFormulas(ledger)] : []),
  ];
  return fitLines(lines.join("\n"), layout);
}

/** Returns a model's ledger, pool, pace and unknowns as JSON. */
export function modelSizeJson(size: ModelSize): Readonly<Record<string, unknown>> {
  return {
    model: size.model.name,
    about: describeSizeFacts(size),
    ...ledgerJson(size.ledger),
    ...(size.engine === "vllm" ? { pool: size.pool } : {}),
    ...(size.engine === "tensorflow.js" ? { peaks: size.peaks } : {}),
    ...(size.paces.length === 0
      ? {}
      : {
          traffic: size.paces.map(({ device, traffic, roofline }) => ({
            device: device.name,
            ...traffic,
            roofline,
          })),
        }),
    unknown: size.model.unknown,
  };
}

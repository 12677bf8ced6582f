import type { TrainingPlan, PhaseLedger, Program } from "../../lab/index.ts";
import { formatBytes } from "./format-bytes.ts";
import { drawBar, formatTable, formatInteger } from "./format-table.ts";
import type { TextLayout } from "./text-style.ts";
import { describeNetwork } from "./describe-network.ts";

/** Returns the phase that needs most bytes at once. */
export function findPeakPhase(program: Program): PhaseLedger | undefined {
  return program.ledger.phases.toSorted((a, b) => b.ledger.total - a.ledger.total)[0];
}

const lossWords = {
  meanSquaredError: "mean squared error",
  sparseCategoricalCrossentropy: "sparse categorical cross-entropy",
  binaryCrossentropy: "binary cross-entropy",
} as const;

function describeSettings(program: Program): string {
  const { batch, microBatch, threads, optimizer, keptLayers } = program;
  const parts = microBatch < batch ? ` in micro-batches of ${microBatch}` : "";
  const again = keptLayers === undefined ? "" : `, keeping layers ${keptLayers.join(", ")}`;
  const workers = threads === 1 ? "1 thread" : `${threads} threads`;
  return `${optimizer?.name ?? "no optimizer"}, ${lossWords[program.loss]}, batch ${batch}${parts}, ${workers}${again}`;
}

/** Describes what a training step holds at its peak, by kind. */
export function describeProgram(program: Program, layout: TextLayout): string {
  const full = findPeakPhase(program);
  const rows = (full?.ledger.kinds ?? []).map(({ kind, size }) => [
    kind,
    formatInteger(size),
    drawBar(size / program.peakBytes),
  ]);
  const free = full?.freeBytes ?? 0;
  if (free > 0) rows.push(["free at the peak", formatInteger(free), drawBar(free / program.peakBytes)]);
  return [
    `${describeNetwork(program.network)}: ${formatInteger(program.parameterCount)} parameters`,
    describeSettings(program),
    `arena: ${formatInteger(program.peakBytes)} bytes (${formatBytes(program.peakBytes)}) = ${formatInteger(program.bytesFixed)} + ${formatInteger(program.microBatch)} samples × ${formatInteger(program.bytesPerSample)}`,
    "",
    formatTable([`peak: ${full?.phase ?? ""} of ${full?.at ?? ""}`, "bytes", ""], rows, [0, 2], layout),
  ].join("\n");
}

/** Returns one row of cells per measure of a plan. */
export function makeMeasureRows(plan: TrainingPlan): readonly (readonly string[])[] {
  return plan.measures.map((measure) => {
    const saved = measure.beforeBytes - measure.afterBytes;
    const work = measure.addedWork;
    const time =
      Math.abs(work) < 0.0005 ? "-" : `${work > 0 ? "+" : "-"}${Math.abs(100 * work).toFixed(1)} %`;
    return [
      measure.name,
      measure.kind,
      formatInteger(saved),
      formatInteger(measure.afterBytes),
      time,
      measure.cost,
    ];
  });
}

/** Describes the measures of a plan: what each saves and costs. */
export function describeMeasures(plan: TrainingPlan, layout: TextLayout): string {
  if (plan.measures.length === 0) {
    return `It fits without measures: ${formatInteger(plan.plainBytes)} of ${formatInteger(plan.budgetBytes)} bytes.`;
  }
  return [
    `Budget: ${formatInteger(plan.budgetBytes)} bytes. Without measures: ${formatInteger(plan.plainBytes)}. With them: ${formatInteger(plan.program.peakBytes)}.`,
    "",
    formatTable(
      ["measure", "kind", "saves", "remaining", "added work", "cost"],
      makeMeasureRows(plan),
      [0, 1, 5],
      layout,
    ),
  ].join("\n");
}

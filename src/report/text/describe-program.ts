import type { TrainingPlan, PhaseLedger, Program } from "../../lab/index.ts";
import { describeBytes } from "./bytes.ts";
import { bar, table, whole } from "./table.ts";
import { describeNetwork } from "./describe-network.ts";

/** The phase in which most bytes are needed at once. */
export function bindingPhase(program: Program): PhaseLedger | undefined {
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

/** What a training will hold, by kind, at the moment when it holds most. */
export function describeProgram(program: Program): string {
  const full = bindingPhase(program);
  const rows = (full?.ledger.kinds ?? []).map(({ kind, size }) => [
    kind,
    whole(size),
    bar(size / program.peakBytes),
  ]);
  const free = full?.freeBytes ?? 0;
  if (free > 0) rows.push(["free at that moment", whole(free), bar(free / program.peakBytes)]);
  return [
    `${describeNetwork(program.network)}: ${whole(program.parameterCount)} parameters`,
    describeSettings(program),
    `arena: ${whole(program.peakBytes)} bytes (${describeBytes(program.peakBytes)}) = ${whole(program.bytesFixed)} + ${whole(program.microBatch)} samples × ${whole(program.bytesPerSample)}`,
    "",
    table([`at its fullest, ${full?.phase ?? ""} of ${full?.at ?? ""}`, "bytes", ""], rows, [0, 2]),
  ].join("\n");
}

/** One row of words for each measure of a plan. */
export function describeMeasuresRows(plan: TrainingPlan): readonly (readonly string[])[] {
  return plan.measures.map((measure) => {
    const saved = measure.beforeBytes - measure.afterBytes;
    const work = measure.addedWork;
    const time =
      Math.abs(work) < 0.0005 ? "-" : `${work > 0 ? "+" : "-"}${Math.abs(100 * work).toFixed(1)} %`;
    return [measure.name, measure.kind, whole(saved), whole(measure.afterBytes), time, measure.cost];
  });
}

/** The measures of a plan: what each saves and costs. */
export function describeMeasures(plan: TrainingPlan): string {
  if (plan.measures.length === 0) {
    return `It fits as it is: ${whole(plan.plainBytes)} of ${whole(plan.budgetBytes)} bytes.`;
  }
  return [
    `Budget ${whole(plan.budgetBytes)} bytes; without measures ${whole(plan.plainBytes)}, with them ${whole(plan.program.peakBytes)}.`,
    "",
    table(
      ["measure", "kind", "saves", "then", "work", "what it costs"],
      describeMeasuresRows(plan),
      [0, 1, 5],
    ),
  ].join("\n");
}

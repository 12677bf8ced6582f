import { dense, network, planTraining, transformer } from "../../src/lab/index.ts";
import type { Network } from "../../src/lab/index.ts";
import { place } from "./figures.ts";
import type { Figures } from "./figures.ts";
import { networks } from "./lab-programs.ts";

const deep = network({ shape: [64] }, [
  ...Array.from({ length: 12 }, () => dense(64, { activation: "relu" })),
  dense(4, { activation: "softmax" }),
]);
const language = transformer({ vocabulary: 50, context: 64, width: 32, layers: 4, heads: 2 });

function addFit(figures: Figures, path: string, net: Network, budgetBytes: number, batch: number): void {
  figures.tryTo(path, () => {
    const { plainBytes, program, measures } = planTraining(net, { budgetBytes, batch, threads: 1 });
    figures.add(`${path}/plain`, plainBytes);
    figures.add(
      `${path}/chosen`,
      program.peakBytes,
      program.parameterCount,
      program.optimizer?.name,
      program.batch,
      program.microBatch,
      program.updates,
      program.keptLayers?.join(","),
    );
    for (const [index, { beforeBytes, afterBytes, addedWork }] of measures.entries())
      figures.add(`${path}/measure/${place(index)}`, beforeBytes, afterBytes, addedWork);
  });
}

/** Records the plan of each network under several budgets, from ample to impossible. */
export function recordFits(figures: Figures): void {
  const budgets = [5_000, 200_000, 1_048_576, 1_600_000, 10_000_000];
  for (const [name, net] of Object.entries({ ...networks, deep, language }))
    for (const budget of budgets)
      addFit(figures, `lab/fit/${name}/${String(budget).padStart(8, "0")}`, net, budget, 16);
}

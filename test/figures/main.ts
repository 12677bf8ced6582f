import { parseArgs } from "node:util";
import { Figures } from "./figures.ts";
import type { Area } from "./figures.ts";
import { recordFits } from "./lab-fit.ts";
import { recordPrograms } from "./lab-programs.ts";
import { recordTraining } from "./lab-training.ts";
import { recordCases } from "./model-cases.ts";
import { recordKeras } from "./model-keras.ts";
import { recordCatalogue, recordFamilies } from "./model-llama-cpp.ts";
import { recordLlamaCppPlans, recordServingPlans, recordTrainingPlans } from "./model-plans.ts";
import { recordSettings } from "./model-settings.ts";
import { recordTransformers } from "./model-transformers.ts";
import { recordActivations, recordSteps } from "./model-training.ts";
import { recordTraffic } from "./model-traffic.ts";
import { recordBlocks, recordPools } from "./model-vllm.ts";
import { recordRecall } from "./window-recall.ts";
import { recordAgentRuns, recordReplay } from "./window-replay.ts";
import { recordTokens } from "./window-tokens.ts";

/**
 * Prints every recorded figure as sorted lines "area/case/figure: value", so that `diff` compares two states of the code.
 *
 *     node test/figures/main.ts [--only AREA]
 *
 * AREA is the beginning of an area's name ("model", "model/plans"). Figures are bytes, tokens, costs, losses and settings;
 * timings, labels and sentences are left out. Areas that need `../shared` print one line where it is absent.
 */
const areas: Readonly<Record<string, Area>> = {
  "lab/fit": recordFits,
  "lab/programs": recordPrograms,
  "lab/training": recordTraining,
  "model/cases": recordCases,
  "model/keras": recordKeras,
  "model/llama-cpp": recordCatalogue,
  "model/llama-cpp-families": recordFamilies,
  "model/plans/llama-cpp": recordLlamaCppPlans,
  "model/plans/training": recordTrainingPlans,
  "model/plans/vllm": recordServingPlans,
  "model/settings": recordSettings,
  "model/torch-activations": recordActivations,
  "model/torch-steps": recordSteps,
  "model/traffic": recordTraffic,
  "model/transformers": recordTransformers,
  "model/vllm-blocks": recordBlocks,
  "model/vllm-pools": recordPools,
  "window/agent-runs": recordAgentRuns,
  "window/recall": recordRecall,
  "window/replay": recordReplay,
  "window/tokens": recordTokens,
};

const { values } = parseArgs({
  options: { only: { type: "string", default: "" }, timings: { type: "boolean", default: false } },
});
const wanted = Object.entries(areas).filter(
  ([name]) => values.only === "" || name === values.only || name.startsWith(`${values.only}/`),
);
if (wanted.length === 0) {
  process.stderr.write(
    `--only: got ${values.only}, allowed: the beginning of ${Object.keys(areas).join(", ")}\n`,
  );
  process.exit(2);
}
const figures = new Figures();
for (const [name, record] of wanted) {
  const start = performance.now();
  await record(figures);
  // Timings go to standard error, so that the figures stay comparable.
  if (values.timings) process.stderr.write(`${name}: ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
}
process.stdout.write(`${figures.lines().join("\n")}\n`);

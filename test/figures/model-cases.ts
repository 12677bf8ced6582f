import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  bytesSource,
  readModelFile,
  describeModel,
  trainingLedger,
  vllmLedger,
} from "../../src/model/index.ts";
import { addByteLedger } from "./byte-ledger.ts";
import { findShared } from "../shared-folder.ts";
import type { Figures } from "./figures.ts";
import { addPlans } from "./plan-figures.ts";
import { GiB } from "../../src/shared/units.ts";

/** Records ledgers and plans of the config.json files in `shared/cases/model`. */
export async function recordCases(figures: Figures): Promise<void> {
  const folder = findShared("cases/model");
  if (folder === undefined) return figures.add("model/cases", "skipped: no shared/cases/model");
  for (const name of readdirSync(folder).sort()) {
    const path = `model/cases/${name}`;
    const bytes = readFileSync(join(folder, name, "config.json"));
    const model = describeModel(await readModelFile(bytesSource("config.json", bytes)));
    figures.add(`${path}/parameters`, model.known, model.layers.length, model.parameters, model.weightBytes);
    figures.tryTo(`${path}/vllm`, () =>
      addByteLedger(
        figures,
        `${path}/vllm`,
        vllmLedger(model, { memoryBytes: 80 * GiB, contextTokens: 8192, tensorParallel: 2 }),
      ),
    );
    figures.tryTo(`${path}/training`, () =>
      addByteLedger(figures, `${path}/training`, trainingLedger(model, { batch: 1, sequence: 512 })),
    );
    for (const engine of ["vllm", "pytorch", "llama.cpp"] as const)
      addPlans(figures, `${path}/plan ${engine}`, model, engine === "pytorch" ? "fine-tuning" : "chat", {
        engine,
        budgetBytes: 24 * GiB,
        ...(engine === "llama.cpp" ? {} : { devices: 2 }),
      });
  }
}

import type { PlanOptions } from "../../src/model/index.ts";
import type { Figures } from "./figures.ts";
import { catalogueModels, familyModels } from "./model-llama-cpp.ts";
import { publishedModels } from "./model-vllm.ts";
import { addLimits, addPlans } from "./plan-figures.ts";
import { GiB, MiB } from "../../src/shared/units.ts";

/** Records plans of llama.cpp for every recorded header: the catalogue at usual budgets, the small families at small ones. */
export async function recordLlamaCppPlans(figures: Figures): Promise<void> {
  for (const [name, model] of await catalogueModels()) {
    const path = `model/plans/llama-cpp/${name}`;
    for (const budget of [8, 24])
      addPlans(figures, `${path}/chat ${budget} GiB`, model, "chat", { budgetBytes: budget * GiB });
    addPlans(figures, `${path}/code-agent two`, model, "code-agent", {
      budgetBytes: 3 * GiB,
      devices: 2,
      current: { flashAttention: false, fullWindows: true },
    });
    addPlans(figures, `${path}/sentiment host`, model, "sentiment", {
      budgetBytes: 3 * GiB,
      devices: 0,
    });
    addLimits(figures, path, model, "chat", { budgetBytes: 8 * GiB });
  }
  for (const [name, model] of await familyModels())
    addPlans(figures, `model/plans/llama-cpp/family ${name}/chat`, model, "chat", {
      budgetBytes: 128 * MiB,
    });
}

const served: Readonly<Record<string, PlanOptions>> = {
  "8 GiB": { budgetBytes: 8 * GiB },
  "24 GiB": { budgetBytes: 24 * GiB },
  "80 GiB x 4": { budgetBytes: 80 * GiB, devices: 4 },
};

/** Records plans of vLLM for published models. */
export function recordServingPlans(figures: Figures): void {
  for (const [name, model] of publishedModels) {
    const path = `model/plans/vllm/${name}`;
    for (const [budget, options] of Object.entries(served))
      addPlans(figures, `${path}/chat ${budget}`, model, "chat", { engine: "vllm", ...options });
    addLimits(figures, path, model, "chat", { engine: "vllm", budgetBytes: 24 * GiB });
  }
}

const trained: Readonly<Record<string, PlanOptions>> = {
  "8 GiB": { budgetBytes: 8 * GiB },
  "24 GiB": { budgetBytes: 24 * GiB },
  "20 GiB x 4": { budgetBytes: 20 * GiB, devices: 4, training: { optimizer: "momentum" } },
};

/** Records plans of training runs of published models. */
export function recordTrainingPlans(figures: Figures): void {
  for (const [name, model] of publishedModels) {
    const path = `model/plans/training/${name}`;
    for (const [budget, options] of Object.entries(trained))
      addPlans(figures, `${path}/${budget}`, model, "fine-tuning", { engine: "pytorch", ...options });
    addLimits(figures, path, model, "fine-tuning", { engine: "pytorch", budgetBytes: 24 * GiB });
  }
}

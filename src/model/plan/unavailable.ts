import type { PlanEngine } from "./request/plan-options.ts";

/** A measure that an engine has no setting for. */
export interface UnavailableMeasure {
  readonly measure: string;
  readonly where: string;
}

const eviction: UnavailableMeasure = {
  measure: "dropping cached tokens (KV eviction)",
  where: "kvpress with transformers: decode reads less, the prompt takes as much",
};

const table: Readonly<Record<PlanEngine, readonly UnavailableMeasure[]>> = {
  "llama.cpp": [
    eviction,
    {
      measure: "sharing each layer over several cards",
      where:
        "vLLM (--tensor-parallel-size); plans for llama.cpp give each card layers of its own (-ts): -sm row and -sm tensor are not counted here",
    },
  ],
  vllm: [
    eviction,
    {
      measure: "caches of 4 or 5 bits",
      where: "llama-server (-ctk, -ctv)",
    },
  ],
  pytorch: [
    {
      measure: "sharing each layer over several devices (tensor parallel)",
      where: "Megatron-LM, torchtitan",
    },
    {
      measure: "the optimizer's step in the backward pass",
      where: "torchtune (optimizer_in_bwd); not together with accumulation",
    },
  ],
};

/** Measures of the table that the engine lacks, and where they can be had. */
export function unavailableMeasures(engine: PlanEngine): readonly UnavailableMeasure[] {
  return table[engine];
}

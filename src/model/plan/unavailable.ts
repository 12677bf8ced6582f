import type { PlanEngine } from "./request/plan-options.ts";

/** A measure that the engine has no setting for. */
export interface UnavailableMeasure {
  readonly measure: string;
  readonly where: string;
}

const eviction: UnavailableMeasure = {
  measure: "dropping cached tokens (KV eviction)",
  where: "kvpress with transformers: decoding reads less, the prompt costs the same",
};

const table: Readonly<Record<PlanEngine, readonly UnavailableMeasure[]>> = {
  "llama.cpp": [
    eviction,
    {
      measure: "sharing each layer among cards",
      where:
        "vLLM (--tensor-parallel-size); plans for llama.cpp give each card its own layers (-ts); -sm row and -sm tensor are not counted",
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
      measure: "sharing each layer among devices (tensor parallel)",
      where: "Megatron-LM, torchtitan",
    },
    {
      measure: "the optimizer's step in the backward pass",
      where: "torchtune (optimizer_in_bwd), without accumulation",
    },
  ],
};

/** Lists the measures that the engine has no setting for, and where they are available. */
export function unavailableMeasures(engine: PlanEngine): readonly UnavailableMeasure[] {
  return table[engine];
}

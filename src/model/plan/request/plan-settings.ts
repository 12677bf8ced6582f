import type { LlamaCppOptions } from "../../ledger/llama-cpp/options.ts";
import type { TrainingOptions } from "../../ledger/training/training-options.ts";
import type { VllmOptions } from "../../ledger/vllm/vllm-options.ts";

/** What an engine is started with in a plan. */
export type PlanSettings =
  | {
      readonly engine: "llama.cpp";
      readonly options: LlamaCppOptions;
      /** Type of the weights, where the plan needs another file than the one read. */
      readonly weightType: string | undefined;
      readonly contextTokens: number;
      readonly sequences: number;
    }
  | {
      readonly engine: "vllm";
      readonly options: VllmOptions;
      readonly weightType: string | undefined;
      readonly contextTokens: number;
      readonly sequences: number;
    }
  | {
      readonly engine: "pytorch";
      readonly options: TrainingOptions;
      readonly weightType: undefined;
      /** Tokens of a sequence. */
      readonly contextTokens: number;
      /** Sequences of a step, over all devices and micro-steps. */
      readonly sequences: number;
    };

import type { ByteLedger, Confidence } from "../ledger/byte-ledger.ts";
import { findLlamaCppFamily } from "../description/families/find-family.ts";
import type { ModelDescription } from "../description/model-description.ts";
import type { PlanEngine } from "./request/plan-options.ts";

/** What a plan's figures were compared with, and what they leave out. */
export interface Evidence {
  /** The engine's own figures that are nearest to this model, and how far ours are from them. */
  readonly compared: string;
  readonly notCounted: readonly string[];
}

const everywhere: readonly string[] = ["other programs on the same device", "fragmentation of an allocator"];

const leftOut: Readonly<Record<PlanEngine, readonly string[]>> = {
  "llama.cpp": [
    ...everywhere,
    "a projector, adapters or a draft model (size --mmproj, --lora, --draft count them)",
    "prompt caches beyond --cache-ram and --ctx-checkpoints",
  ],
  vllm: [...everywhere, "compute buffers of a vision tower", "NCCL buffers that grow with long collectives"],
  pytorch: [
    ...everywhere,
    "workspaces of cuBLAS and cuDNN",
    "the data loader",
    "checkpoints while they are being written",
  ],
};

function surest(ledger: ByteLedger, kinds: ReadonlySet<string>): ReadonlySet<Confidence> {
  return new Set(ledger.items.filter(({ kind }) => kinds.has(kind)).map(({ confidence }) => confidence));
}

function describeComparison(description: ModelDescription, engine: PlanEngine, ledger: ByteLedger): string {
  if (engine === "vllm") {
    const isDense = description.layers.every(({ experts }) => experts === undefined);
    return isDense
      ? "16 public start-up logs of dense text models on H100: within 1 %"
      : "6 public start-up logs of models with experts on H100: within 1 %, one with pictures 4 %";
  }
  if (engine === "pytorch") {
    const kept = ledger.items.filter(({ kind, phase }) => kind === "activations" && phase === "forward");
    if (kept.some(({ note }) => note !== undefined))
      return `layers like Llama's, which equal PyTorch 2.15's saved tensors; ${description.architecture} itself was not recorded, or not with these settings`;
    const isExact = kept.some(({ confidence }) => confidence === "exact");
    return `saved tensors of ${description.architecture}'s layers in PyTorch 2.15: equal${isExact ? "" : " on the processor"}; phases within 2 % of its memory tracker`;
  }
  const caches = surest(ledger, new Set(["kv-cache", "recurrent-state"]));
  if (!description.known || caches.has("unknown"))
    return `no run of ${description.architecture}: its family was not compared`;
  const buffers =
    findLlamaCppFamily(description.architecture)?.compared === true
      ? "compute buffers equal on the processor and derived on cards"
      : "compute buffers within 15 %";
  return `llama.cpp v0.5.0's own figures: caches and states equal, ${buffers}`;
}

/** Returns what the figures of a plan rest on. */
export function evidenceOf(description: ModelDescription, engine: PlanEngine, ledger: ByteLedger): Evidence {
  return { compared: describeComparison(description, engine, ledger), notCounted: leftOut[engine] };
}

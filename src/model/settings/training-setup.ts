import type { TrainingOptions } from "../ledger/training/training-options.ts";

/** A training run as its settings describe it: the sequence length is decided by the data, and may be left out. */
export type TrainingSetup = Omit<TrainingOptions, "sequence" | "backend"> &
  Partial<Pick<TrainingOptions, "sequence">>;

/** Returns true where DeepSpeed's ZeRO shards or offloads. */
export function isZero(setup: TrainingSetup): boolean {
  return setup.sharding?.kind.startsWith("zero") === true;
}

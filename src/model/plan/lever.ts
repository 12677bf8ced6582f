import type { ByteLedger } from "../ledger/byte-ledger.ts";

/** The measures of the planner; each engine has some of them. */
export type MeasureName =
  | "flash attention"
  | "logits of wanted rows only"
  | "cache type"
  | "window cache"
  | "fewer sequences at a time"
  | "smaller micro-batch"
  | "shorter context"
  | "lower weight precision"
  | "offload"
  | "sharding"
  | "no CUDA graphs"
  | "fewer layers"
  | "narrower layers"
  | "accumulation"
  | "checkpointing"
  | "fused loss"
  | "fused optimizer"
  | "optimizer"
  | "precision"
  | "adapter";

/** What is paid for a measure. */
export type Price = "nothing" | "time" | "quality" | "task";

/** One setting of a measure. `State` is all that an engine is started with. */
export interface Level<State> {
  readonly label: string;
  readonly price: Price;
  /** Rank in the risk table; added up over measures. */
  readonly risk?: number;
  /** Share of the task that is given up. */
  readonly task?: number;
  /** The state with the measure, or undefined where it changes nothing or cannot be had. */
  readonly change: (state: State) => State | undefined;
}

/** A measure with its settings besides leaving everything as it is, mildest first. */
export interface Lever<State> {
  readonly measure: MeasureName;
  readonly levels: readonly Level<State>[];
}

/** A measure that a plan takes. */
export interface Choice {
  readonly measure: MeasureName;
  readonly label: string;
  readonly price: Price;
  readonly risk: number;
  readonly task: number;
}

/** Bytes a device would hold, and may. */
export interface Need {
  readonly device: string;
  readonly phase: string;
  readonly bytes: number;
  readonly budgetBytes: number;
}

/** Most steps of moving something away that one candidate is given. */
export const mostShrinks = 12;

/** An engine as the search sees it. */
export interface PlanningEngine<State> {
  readonly start: State;
  readonly levers: readonly Lever<State>[];
  /** Seconds for the workload once, at best. */
  readonly seconds: (state: State) => number;
  /** False where the state cannot fit, however often it is shrunk, told without the whole ledger; true where it may. */
  readonly mayFit: (state: State) => boolean;
  /** All bytes, to the line. */
  readonly ledger: (state: State) => ByteLedger;
  /** Every device of a ledger with its budget. */
  readonly needs: (ledger: ByteLedger) => readonly Need[];
  /** What a measure came to in the end, in words; the level's label where it is not there. */
  readonly said?: (choice: Choice, state: State) => string | undefined;
  /** A state that holds a little less, where one by one something can be moved away; undefined at the end. */
  readonly shrink?: (state: State) => State | undefined;
  /** The other way round. */
  readonly grow?: (state: State) => State | undefined;
}

/** The measures of the planner; each engine offers some of them. */
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

/** What a measure costs. */
export type Price = "nothing" | "time" | "quality" | "task";

/** How much of a measure is taken. `State` is everything an engine is started with. */
export interface Level<State> {
  readonly label: string;
  readonly price: Price;
  /** Rank in the risk table; ranks add up over measures. Default 0. */
  readonly risk?: number;
  /** Share of the task that is given up. Default 0. */
  readonly task?: number;
  /** Returns the state with this level, or undefined where it changes nothing or the engine cannot do it. */
  readonly change: (state: State) => State | undefined;
  /** Describes how far the level went in a plan's final state. Default: the label. */
  readonly describe?: (state: State) => string;
}

/** A way to lower the load, with its levels, mildest first. Taking none of them is always possible. */
export interface Measure<State> {
  readonly name: MeasureName;
  readonly levels: readonly Level<State>[];
}

/** Levels that give up a quarter, half and three quarters of the task; `label` words the percentage that is kept. */
export function shareLevels<State>(
  label: (percent: number) => string,
  change: (state: State, share: number) => State,
): readonly Level<State>[] {
  return [0.75, 0.5, 0.25].map((share) => ({
    label: label(Math.round(100 * share)),
    price: "task",
    task: 1 - share,
    change: (state) => change(state, share),
  }));
}

/** A measure that a plan takes, at one of its levels. */
export interface TakenMeasure<State> {
  readonly name: MeasureName;
  readonly level: Level<State>;
}

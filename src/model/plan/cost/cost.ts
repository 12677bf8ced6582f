/**
 * What a plan costs, in the order in which it counts: what of the task is given up (shorter contexts, fewer layers), how
 * much quality is put at risk, and the time of the whole workload.
 */
export interface Cost {
  /** Share of the task that is given up, 0 for none. */
  readonly task: number;
  /** Sum of ranks of the risk table, 0 for nothing lost. */
  readonly risk: number;
  /** Seconds for the workload once, at best. */
  readonly seconds: number;
}

/** Cheapest first: the task, then quality, then time. */
export function compareCosts(a: Cost, b: Cost): number {
  return a.task - b.task || a.risk - b.risk || a.seconds - b.seconds;
}

/** What puts more quality at risk has to be this much quicker to be worth telling; what gives up more of the task, this. */
const worthRisk = 1.2;
const worthTask = 2;

/** True where `b` is beaten by `a`: it gives up as much or more, and is not so much quicker that it would be worth it. */
export function beats(a: Cost, b: Cost): boolean {
  if (a.task > b.task || a.risk > b.risk) return false;
  const worth = a.task < b.task ? worthTask : a.risk < b.risk ? worthRisk : 1;
  return a.seconds <= b.seconds * worth;
}

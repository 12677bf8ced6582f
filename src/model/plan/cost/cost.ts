/**
 * What a plan costs, in the order in which it counts: the share of the task given up, the risk to quality, and the time of the
 * workload.
 */
export interface Cost {
  /** Share of the task that is given up (shorter contexts, fewer layers); 0 for none. */
  readonly task: number;
  /** Sum of the ranks of the risk table; 0 where nothing is lost. */
  readonly risk: number;
  /** Seconds for the workload once: a lower bound. */
  readonly seconds: number;
}

/** Orders costs, cheapest first: by the task, then quality, then time. */
export function compareCosts(a: Cost, b: Cost): number {
  return a.task - b.task || a.risk - b.risk || a.seconds - b.seconds;
}

/** How much faster a plan must be to be worth more risk, and to be worth giving up more of the task. */
const worthRisk = 1.2;
const worthTask = 2;

/** Returns true where `a` makes `b` pointless: `b` gives up as much or more without being faster by the required factor. */
export function beats(a: Cost, b: Cost): boolean {
  if (a.task > b.task || a.risk > b.risk) return false;
  const worth = a.task < b.task ? worthTask : a.risk < b.risk ? worthRisk : 1;
  return a.seconds <= b.seconds * worth;
}

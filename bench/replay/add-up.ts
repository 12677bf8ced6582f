import { strategies } from "../../src/window/index.ts";
import type { Replay, Strategy } from "../../src/window/index.ts";

/** Figures of one strategy over a set: on the compared calls, and on all calls. */
export interface StrategySum {
  readonly cost: number;
  readonly costOfAllCalls: number;
  readonly argumentsSeen: number;
  readonly argumentsPresent: number;
  readonly argumentsSeenOfAllCalls: number;
  readonly argumentsPresentOfAllCalls: number;
  /** Number of compared calls whose window was over the budget. */
  readonly overBudgetCalls: number;
}

/** Figures of a set of conversations, each with a budget of one share of its size. */
export interface SetSum {
  readonly conversations: number;
  readonly calls: number;
  /** Number of calls whose protected entries alone exceed the budget; counted separately. */
  readonly tooSmallCalls: number;
  readonly overBudgetCalls: number;
  readonly unplannedRewrites: number;
  readonly lostEntries: number;
  readonly edits: number;
  /** Largest share of the budget that a compared window used. */
  readonly peakShare: number;
  readonly strategies: Readonly<Record<Strategy, StrategySum>>;
}

function sumStrategy(replays: readonly Replay[], strategy: Strategy): StrategySum {
  const all = replays.flatMap((replay) =>
    replay.calls.map((call) => ({ call, figures: call.figures[strategy], budget: replay.budgetTokens })),
  );
  const compared = all.filter(({ call }) => !call.tooSmall);
  const sum = (rows: typeof all, of: (row: (typeof all)[number]) => number): number =>
    rows.reduce((total, row) => total + of(row), 0);
  return {
    cost: Math.round(sum(compared, ({ figures }) => figures.cost)),
    costOfAllCalls: Math.round(sum(all, ({ figures }) => figures.cost)),
    argumentsSeen: sum(compared, ({ figures }) => figures.argumentsSeen),
    argumentsPresent: sum(compared, ({ figures }) => figures.argumentsPresent),
    argumentsSeenOfAllCalls: sum(all, ({ figures }) => figures.argumentsSeen),
    argumentsPresentOfAllCalls: sum(all, ({ figures }) => figures.argumentsPresent),
    overBudgetCalls: compared.filter(({ figures, budget }) => figures.windowTokens > budget).length,
  };
}

/** Sums the replays of a set. */
export function addUp(replays: readonly Replay[]): SetSum {
  const total = (of: (replay: Replay) => number): number =>
    replays.reduce((sum, replay) => sum + of(replay), 0);
  const peaks = replays.flatMap((replay) =>
    replay.calls
      .filter((call) => !call.tooSmall)
      .map((call) => call.figures.loadline.windowTokens / replay.budgetTokens),
  );
  return {
    conversations: replays.length,
    calls: total((replay) => replay.calls.length),
    tooSmallCalls: total((replay) => replay.tooSmallCalls),
    overBudgetCalls: total((replay) => replay.overBudgetCalls),
    unplannedRewrites: total((replay) => replay.unplannedRewrites),
    lostEntries: total((replay) => replay.lostEntries),
    edits: total((replay) => replay.calls.reduce((sum, call) => sum + call.edits.length, 0)),
    peakShare: peaks.reduce((peak, share) => Math.max(peak, share), 0),
    strategies: Object.fromEntries(
      strategies.map((strategy) => [strategy, sumStrategy(replays, strategy)]),
    ) as Record<Strategy, StrategySum>,
  };
}

/** Whether a promise holds, in one line with its figures. */
export interface Verdict {
  readonly holds: boolean;
  readonly text: string;
}

function shareOf(present: number, seen: number): number {
  return seen === 0 ? 1 : present / seen;
}

/** Judges a set: the invariants, and cost and arguments compared with each baseline that stays within the budget. */
export function judge(set: SetSum): readonly Verdict[] {
  const zero = (what: string, value: number): Verdict => ({ holds: value === 0, text: `${what}: ${value}` });
  const ours = set.strategies.loadline;
  const compared = (["newestFirst", "clearOldResults", "unmanaged"] as const).flatMap((name): Verdict[] => {
    const theirs = set.strategies[name];
    if (theirs.overBudgetCalls > 0) return [];
    const here = shareOf(ours.argumentsPresent, ours.argumentsSeen);
    const there = shareOf(theirs.argumentsPresent, theirs.argumentsSeen);
    return [
      {
        holds: ours.cost < theirs.cost,
        text: `cost ${((100 * ours.cost) / theirs.cost).toFixed(1)} % of ${name}`,
      },
      {
        holds: here >= there,
        text: `arguments ${(100 * here).toFixed(1)} % compared with ${(100 * there).toFixed(1)} % of ${name}`,
      },
    ];
  });
  return [
    zero("unplanned rewrites", set.unplannedRewrites),
    zero("lost entries", set.lostEntries),
    zero("calls over the budget", set.overBudgetCalls),
    ...compared,
  ];
}

import { strategies } from "../../window/index.ts";
import type { Edit, Replay, Strategy } from "../../window/index.ts";
import { percent, table, whole } from "./table.ts";

const titles: Readonly<Record<Strategy, string>> = {
  loadline: "loadline",
  unmanaged: "everything sent, unmanaged",
  newestFirst: "newest first, trimmed on every call",
  clearOldResults: "all but 3 tool results cleared",
};

const baselines = ["unmanaged", "newestFirst", "clearOldResults"] as const;

/** What programs read: the figures of a replay, per call and in total. */
export function replayJson(replay: Replay): Readonly<Record<string, unknown>> {
  const share = (strategy: Strategy): number | null => {
    const { argumentsAsked, argumentsPresent } = replay.totals[strategy];
    return argumentsAsked === 0 ? null : argumentsPresent / argumentsAsked;
  };
  return {
    calls: replay.calls.length,
    budgetTokens: replay.budgetTokens,
    finalTokens: replay.finalTokens,
    prices: replay.prices,
    peakWindowTokens: replay.totals.loadline.peakWindowTokens,
    overBudgetCalls: replay.overBudgetCalls,
    tooSmallCalls: replay.tooSmallCalls,
    unplannedRewrites: replay.unplannedRewrites,
    edits: replay.calls.reduce((sum, call) => sum + call.edits.length, 0),
    lostEntries: replay.lostEntries,
    cost: Object.fromEntries(strategies.map((strategy) => [strategy, replay.totals[strategy].cost])),
    argumentsPresent: Object.fromEntries(strategies.map((strategy) => [strategy, share(strategy)])),
    totals: replay.totals,
    perCall: replay.calls,
  };
}

/** A replay for a person: the comparison, what was edited and why, and with `everyCall` a line per call. */
export function describeReplay(replay: Replay, name: string, everyCall: boolean): string {
  const edits = replay.calls.flatMap((call) => call.edits);
  return [
    `${name}: ${whole(replay.messages)} messages, ${whole(replay.finalTokens)} tokens, ${whole(replay.calls.length)} calls; load line ${whole(replay.budgetTokens)} tokens; prices ${replay.prices}`,
    "",
    ...(everyCall || edits.length > 0
      ? [
          everyCall ? "every call:" : "calls with edits (--calls shows all):",
          callTable(replay, everyCall),
          "",
        ]
      : []),
    comparison(replay),
    "",
    `edits: ${edits.length}${edits.length === 0 ? "" : ` (${countMeasures(edits)})`}; rewritten without an edit: ${replay.unplannedRewrites}; lost entries: ${replay.lostEntries}; over the line: ${replay.overBudgetCalls}`,
    ...(replay.tooSmallCalls === 0
      ? []
      : [
          `in ${replay.tooSmallCalls} calls what must stay (system prompt, tools, newest request and exchange) was over the line alone`,
        ]),
    "cost: input in tokens of fresh input, cached prefix and cache writes at the provider's prices; arguments: values of the next tool call that were said before and still stand in the window",
  ].join("\n");
}

function comparison(replay: Replay): string {
  const unmanaged = replay.totals.unmanaged.cost;
  return table(
    [
      "way of filling the window",
      "input cost",
      "of unmanaged",
      "peak window",
      "calls over line",
      "arguments present",
    ],
    strategies.map((strategy) => {
      const row = replay.totals[strategy];
      return [
        titles[strategy],
        whole(row.cost),
        percent(row.cost, unmanaged),
        whole(row.peakWindowTokens),
        whole(row.overBudgetCalls),
        percent(row.argumentsPresent, row.argumentsAsked),
      ];
    }),
  );
}

/** A line per call: Loadline's window against the line, then what each other way sent and paid. */
function callTable(replay: Replay, everyCall: boolean): string {
  const rows = replay.calls.flatMap((call, index) => {
    if (!everyCall && call.edits.length === 0) return [];
    const { windowTokens, reusedTokens, cost } = call.figures.loadline;
    const others = baselines.flatMap((strategy) => [
      whole(call.figures[strategy].windowTokens),
      whole(call.figures[strategy].cost),
    ]);
    return [
      [
        String(index + 1),
        whole(windowTokens),
        percent(windowTokens, replay.budgetTokens),
        whole(reusedTokens),
        whole(windowTokens - reusedTokens),
        whole(cost),
        ...others,
        call.edits.map(describeEdit).join("; "),
      ],
    ];
  });
  const head = [
    "call",
    "window",
    "of line",
    "reused",
    "written",
    "cost",
    "all sent",
    "cost",
    "newest",
    "cost",
    "cleared",
    "cost",
    "edits and why",
  ];
  return table(head, rows, [head.length - 1]);
}

function describeEdit(edit: Edit): string {
  return `e${edit.number} ${edit.measure}, ${edit.reason}: freed ${whole(edit.freedTokens)}, rewrote ${whole(edit.rewrittenTokens)} (${edit.why})`;
}

function countMeasures(edits: readonly Edit[]): string {
  const counts = new Map<string, number>();
  for (const { measure } of edits) counts.set(measure, (counts.get(measure) ?? 0) + 1);
  return [...counts].map(([measure, count]) => `${measure} ${count}`).join(", ");
}

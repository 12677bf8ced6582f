import { strategies } from "../../window/index.ts";
import type { Edit, Replay, Strategy } from "../../window/index.ts";
import { countThings } from "./count-things.ts";
import { fitLines, formatPercent, formatTable, formatInteger } from "./format-table.ts";
import { formatUsd, nameSource } from "./format-usd.ts";
import type { TextLayout } from "./text-style.ts";
import { showOnOneLine } from "./visible-text.ts";

const titles: Readonly<Record<Strategy, string>> = {
  loadline: "loadline",
  unmanaged: "everything sent, unmanaged",
  newestFirst: "newest first, trimmed on every call",
  clearOldResults: "all but 3 tool results cleared",
};

const baselines = ["unmanaged", "newestFirst", "clearOldResults"] as const;

/** Returns the figures of a replay as JSON, per call and in total. */
export function replayJson(replay: Replay): Readonly<Record<string, unknown>> {
  const share = (strategy: Strategy): number | null => {
    const { argumentsSeen, argumentsPresent } = replay.totals[strategy];
    return argumentsSeen === 0 ? null : argumentsPresent / argumentsSeen;
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
    costUsd: Object.fromEntries(
      strategies.map((strategy) => [strategy, replay.totals[strategy].costUsd ?? null]),
    ),
    model: replay.model ?? null,
    argumentsPresent: Object.fromEntries(strategies.map((strategy) => [strategy, share(strategy)])),
    totals: replay.totals,
    perCall: replay.calls,
  };
}

/** Describes a replay: the comparison, what was edited and why, and with `everyCall` a row per call. */
export function describeReplay(replay: Replay, name: string, everyCall: boolean, layout: TextLayout): string {
  const edits = replay.calls.flatMap((call) => call.edits);
  const lines = [
    `${layout.style.heading(showOnOneLine(name))}: ${countThings(replay.messages, "message", "messages")}, ${countThings(replay.finalTokens, "token", "tokens")}, ${countThings(replay.calls.length, "call", "calls")}; load line ${formatInteger(replay.budgetTokens)} tokens; prices ${replay.prices}`,
    "",
    ...(everyCall || edits.length > 0
      ? [
          layout.style.heading(everyCall ? "every call" : "calls with edits (--calls shows all)"),
          callTable(replay, everyCall, layout),
          "",
        ]
      : []),
    compareStrategies(replay, layout),
    ...describeDollars(replay),
    "",
    `edits: ${edits.length}${edits.length === 0 ? "" : ` (${countMeasures(edits)})`}; prefixes rewritten without an edit: ${replay.unplannedRewrites}; lost entries: ${replay.lostEntries}; ${describeOverBudget(replay)}`,
    "input cost: in tokens of fresh input, with cache reads and writes at the provider's prices; arguments present: of the next tool call's argument values that appeared before, the share that is still in the window",
  ];
  return fitLines(lines.join("\n"), layout);
}

/** Describes the calls of Loadline's that exceed the budget, and those that no choice could have brought under it. */
function describeOverBudget({ overBudgetCalls, tooSmallCalls }: Replay): string {
  const total = overBudgetCalls + tooSmallCalls;
  if (tooSmallCalls === 0) return `calls over the budget: ${formatInteger(total)}`;
  const what = "system prompt, tools and newest request";
  return `calls over the budget: ${formatInteger(total)}, in ${formatInteger(tooSmallCalls)} of which the parts that always stay (${what}) exceed it alone`;
}

/** States the prices behind the dollars, and where a call costs more than they say. */
function describeDollars({ model, totals }: Replay): readonly string[] {
  if (model?.usd === undefined) return [];
  const { input, higherOverTokens } = model.usd;
  const from = nameSource(model);
  const peak = Math.max(...strategies.map((strategy) => totals[strategy].peakWindowTokens));
  const higher =
    higherOverTokens === undefined || peak <= higherOverTokens
      ? ""
      : `; calls over ${formatInteger(higherOverTokens)} tokens cost more than stated`;
  return ["", `dollars: ${model.model} at $${input} per million tokens of fresh input (${from})${higher}`];
}

function compareStrategies(replay: Replay, layout: TextLayout): string {
  const unmanaged = replay.totals.unmanaged.cost;
  const isPriced = replay.model?.usd !== undefined;
  return formatTable(
    [
      "strategy",
      "input cost",
      ...(isPriced ? ["dollars"] : []),
      "of unmanaged",
      "peak window",
      "calls over budget",
      "arguments present",
    ],
    strategies.map((strategy) => {
      const row = replay.totals[strategy];
      return [
        titles[strategy],
        formatInteger(row.cost),
        ...(isPriced ? [formatUsd(row.costUsd)] : []),
        formatPercent(row.cost, unmanaged),
        formatInteger(row.peakWindowTokens),
        formatInteger(row.overBudgetCalls),
        formatPercent(row.argumentsPresent, row.argumentsSeen),
      ];
    }),
    [0],
    layout,
  );
}

/** Describes each call in a row: Loadline's window against the budget, then what each other strategy sent and paid. */
function callTable(replay: Replay, everyCall: boolean, layout: TextLayout): string {
  const rows = replay.calls.flatMap((call, index) => {
    if (!everyCall && call.edits.length === 0) return [];
    const { windowTokens, reusedTokens, cost } = call.figures.loadline;
    const others = baselines.flatMap((strategy) => [
      formatInteger(call.figures[strategy].windowTokens),
      formatInteger(call.figures[strategy].cost),
    ]);
    return [
      [
        String(index + 1),
        formatInteger(windowTokens),
        formatPercent(windowTokens, replay.budgetTokens),
        formatInteger(reusedTokens),
        formatInteger(windowTokens - reusedTokens),
        formatInteger(cost),
        ...others,
        call.edits.map(describeEdit).join("; "),
      ],
    ];
  });
  const head = [
    "call",
    "window",
    "of budget",
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
  return formatTable(head, rows, [head.length - 1], layout);
}

function describeEdit(edit: Edit): string {
  return `e${edit.number} ${edit.measure}, ${edit.reason}: freed ${formatInteger(edit.freedTokens)}, rewrote ${formatInteger(edit.rewrittenTokens)} (${edit.why})`;
}

function countMeasures(edits: readonly Edit[]): string {
  const counts = new Map<string, number>();
  for (const { measure } of edits) counts.set(measure, (counts.get(measure) ?? 0) + 1);
  return [...counts].map(([measure, count]) => `${measure} ${count}`).join(", ");
}

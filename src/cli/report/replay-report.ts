import { strategies } from "../../window/index.ts";
import type { Edit, Replay, Strategy } from "../../window/index.ts";
import { percent, whole } from "../table.ts";
import { lineChart, stackChart } from "./chart.ts";
import type { Mark, Series } from "./chart.ts";
import { escapeHtml } from "./escape-html.ts";
import { pageStyle } from "./page-style.ts";

const titles: Readonly<Record<Strategy, string>> = {
  loadline: "Loadline",
  unmanaged: "everything sent",
  newestFirst: "newest first",
  clearOldResults: "all but 3 results cleared",
};

/** Ledger kinds from what always stays to what comes and goes; kinds that are not named here stand on top. */
const kindOrder: readonly string[] = [
  "system",
  "tools",
  "user",
  "assistant",
  "reasoning",
  "tool-call",
  "tool-result",
  "stub",
  "recalled",
  "overhead",
];

/** The longest table of edits that is written out; a page of more is no longer read. */
const mostEdits = 500;

function headline(replay: Replay): string {
  const { loadline, unmanaged } = replay.totals;
  const kept =
    replay.overBudgetCalls === 0
      ? `${whole(replay.calls.length)} calls stayed under ${whole(replay.budgetTokens)} tokens`
      : `${whole(replay.overBudgetCalls)} of ${whole(replay.calls.length)} calls went over ${whole(replay.budgetTokens)} tokens`;
  return `${kept}. Their input cost ${percent(loadline.cost, unmanaged.cost)} of what sending everything costs; ${whole(replay.lostEntries)} entries were lost, and the prefix was rewritten ${whole(replay.unplannedRewrites)} times without a recorded edit.`;
}

function card(replay: Replay, strategy: Strategy, colour: number): string {
  const row = replay.totals[strategy];
  const facts: readonly (readonly [string, string])[] = [
    ["of everything sent", percent(row.cost, replay.totals.unmanaged.cost)],
    ["peak window", whole(row.peakWindowTokens)],
    ["calls over the line", whole(row.overBudgetCalls)],
    ["arguments present", percent(row.argumentsPresent, row.argumentsAsked)],
  ];
  return `<div class="card c${colour}"><h3>${titles[strategy]}</h3><b>${whole(row.cost)}</b><span class="soft">input cost</span><dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join("")}</dl></div>`;
}

function seriesOf(value: (strategy: Strategy) => readonly number[]): readonly Series[] {
  return strategies.map((strategy, colour) => ({ name: titles[strategy], colour, values: value(strategy) }));
}

function kindSeries(replay: Replay): readonly Series[] {
  const found = new Set(replay.calls.flatMap((call) => Object.keys(call.kinds)));
  const sorted = [
    ...kindOrder.filter((kind) => found.has(kind)),
    ...[...found].filter((kind) => !kindOrder.includes(kind)).sort(),
  ];
  return sorted.map((name, index) => ({
    name,
    colour: index % 10,
    values: replay.calls.map((call) => call.kinds[name] ?? 0),
  }));
}

function running(values: readonly number[]): readonly number[] {
  let sum = 0;
  return values.map((value) => (sum += value));
}

function describe(edit: Edit): string {
  return `e${edit.number} ${edit.measure}: freed ${whole(edit.freedTokens)}, rewrote ${whole(edit.rewrittenTokens)}`;
}

function editTable(replay: Replay): string {
  const rows = replay.calls.flatMap((call, index) => call.edits.map((edit) => ({ edit, call: index + 1 })));
  if (rows.length === 0) return "<p>No edit was needed: everything fits under the line.</p>";
  const cells = rows
    .slice(0, mostEdits)
    .map(
      ({ edit, call }) =>
        `<tr><td class="n">${call}</td><td>e${edit.number}</td><td>${escapeHtml(edit.measure)}</td><td>${escapeHtml(edit.reason)}</td><td class="n">${whole(edit.freedTokens)}</td><td class="n">${whole(edit.rewrittenTokens)}</td><td>${escapeHtml(edit.why)}</td></tr>`,
    );
  const more =
    rows.length > mostEdits
      ? `<p class="soft">${rows.length - mostEdits} more edits are not listed.</p>`
      : "";
  return `<details${rows.length <= 40 ? " open" : ""}><summary>${rows.length} edits</summary><div class="scroll"><table><thead><tr><th class="n">call</th><th>edit</th><th>measure</th><th>reason</th><th class="n">freed</th><th class="n">rewritten</th><th>why</th></tr></thead><tbody>${cells.join("")}</tbody></table></div>${more}</details>`;
}

function charts(replay: Replay): string {
  const marks: readonly Mark[] = replay.calls.flatMap((call, at) =>
    call.edits.map((edit) => ({ at, title: describe(edit) })),
  );
  const windows = seriesOf((strategy) => replay.calls.map((call) => call.figures[strategy].windowTokens));
  const costs = seriesOf((strategy) => running(replay.calls.map((call) => call.figures[strategy].cost)));
  const limit = { name: `load line, ${whole(replay.budgetTokens)} tokens`, value: replay.budgetTokens };
  return [
    '<h2>The window, call by call</h2><p class="soft">Tokens sent in each call. Marks along the bottom are Loadline\'s edits; point at a call to read it out.</p>',
    `<div class="scroll">${lineChart("window tokens per call", windows, { unit: "tokens", limit, marks })}</div>`,
    "<h2>What fills Loadline's window</h2>",
    `<div class="scroll">${stackChart("tokens by kind per call", kindSeries(replay), "tokens")}</div>`,
    `<h2>What it costs</h2><p class="soft">Input so far, in tokens of fresh input at ${escapeHtml(replay.prices)} prices: a cached prefix is cheap to read, a changed one is written anew.</p>`,
    `<div class="scroll">${lineChart("cumulative cost", costs, { unit: "cost" })}</div>`,
    "<h2>What was edited, when and why</h2>",
    editTable(replay),
  ].join("\n");
}

/** One self-contained page with the charts of a replay: no script, nothing from the network. */
export function renderReplayReport(replay: Replay, title: string): string {
  const name = escapeHtml(title);
  const body =
    replay.calls.length === 0
      ? "<p>There was no call in this conversation: nothing to show.</p>"
      : `<div class="cards">${strategies.map((strategy, colour) => card(replay, strategy, colour)).join("")}</div>\n${charts(replay)}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${name}: replay under a load line</title><style>${pageStyle}</style></head>
<body><h1>${name}</h1><p class="lead">${headline(replay)}</p>
<p class="soft">${whole(replay.messages)} messages, ${whole(replay.finalTokens)} tokens in the end; load line ${whole(replay.budgetTokens)} tokens; prices ${escapeHtml(replay.prices)}.${replay.tooSmallCalls > 0 ? ` In ${whole(replay.tooSmallCalls)} calls what must stay was over the line alone.` : ""}</p>
${body}
</body></html>
`;
}

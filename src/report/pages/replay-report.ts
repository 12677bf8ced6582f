import { strategies } from "../../window/index.ts";
import type { Replay, Strategy } from "../../window/index.ts";
import { formatPercent, formatInteger } from "../text/format-table.ts";
import { drawLineChart, drawStackChart } from "../charts/chart.ts";
import type { Series } from "../charts/chart.ts";
import { describeEdit, drawEditTimeline, reasonColours } from "../charts/edit-timeline.ts";
import type { EditAt } from "../charts/edit-timeline.ts";
import { escapeHtml } from "../charts/escape-html.ts";
import { countThings } from "../text/count-things.ts";
import { writeHeadline } from "./headline.ts";
import { pageStyle } from "./page-style.ts";

const titles: Readonly<Record<Strategy, string>> = {
  loadline: "Loadline",
  unmanaged: "everything sent",
  newestFirst: "newest first",
  clearOldResults: "all but 3 results cleared",
};

/** Colour of each ledger kind, the same in every report: from what always stays to what comes and goes. */
const kindColours: Readonly<Record<string, number>> = {
  system: 9,
  tools: 1,
  user: 2,
  assistant: 3,
  reasoning: 7,
  "tool-call": 4,
  "tool-result": 5,
  image: 10,
  file: 11,
  other: 12,
  stub: 6,
  recalled: 0,
  overhead: 8,
  answer: 13,
};

/** A longer table of edits starts folded. */
const openRows = 40;
/** If a window exceeds the budget this many times, the range near the budget is drawn a second time to be visible. */
const farOver = 3;

function card(replay: Replay, strategy: Strategy, colour: number): string {
  const row = replay.totals[strategy];
  const facts: readonly (readonly [string, string])[] = [
    ["of everything sent", formatPercent(row.cost, replay.totals.unmanaged.cost)],
    ["peak window", formatInteger(row.peakWindowTokens)],
    ["calls over budget", formatInteger(row.overBudgetCalls)],
    ["arguments present", formatPercent(row.argumentsPresent, row.argumentsSeen)],
  ];
  return `<div class="card c${colour}"><h3>${titles[strategy]}</h3><b>${formatInteger(row.cost)}</b><span class="soft">input cost</span><dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join("")}</dl></div>`;
}

function cards(replay: Replay): string {
  return `<div class="cards">${strategies.map((strategy, colour) => card(replay, strategy, colour)).join("")}</div>
<p class="soft small">Input cost is in tokens of fresh input, at ${escapeHtml(replay.prices)} prices: a cached prefix is cheap to read, a changed one is written again. Arguments present: of a tool call's argument values that appeared before, the share that is still verbatim in the window.</p>`;
}

function seriesOf(value: (strategy: Strategy) => readonly number[]): readonly Series[] {
  return strategies.map((strategy, colour) => ({ name: titles[strategy], colour, values: value(strategy) }));
}

function kindSeries(replay: Replay): readonly Series[] {
  const found = new Set(
    replay.calls.flatMap(({ kinds }) => Object.keys(kinds).filter((kind) => (kinds[kind] ?? 0) > 0)),
  );
  const known = Object.keys(kindColours);
  const sorted = [
    ...known.filter((kind) => found.has(kind)),
    ...[...found].filter((kind) => !known.includes(kind)).sort(),
  ];
  return sorted.map((name) => ({
    name,
    colour: kindColours[name] ?? 12,
    values: replay.calls.map((call) => call.kinds[name] ?? 0),
  }));
}

function running(values: readonly number[]): readonly number[] {
  let sum = 0;
  return values.map((value) => (sum += value));
}

function editTable(rows: readonly EditAt[]): string {
  const cells = rows.map(
    ({ edit, at }) =>
      `<tr><td class="n"><i>call </i>${at + 1}</td><td>e${edit.number}</td><td>${escapeHtml(edit.measure)}</td><td><span class="key round c${reasonColours[edit.reason]}"></span>${escapeHtml(edit.reason)}</td><td class="n"><i>freed </i>${formatInteger(edit.freedTokens)}</td><td class="n"><i>rewritten </i>${formatInteger(edit.rewrittenTokens)}</td><td class="why">${escapeHtml(edit.why)}</td></tr>`,
  );
  return `<details${rows.length <= openRows ? " open" : ""}><summary>${countThings(rows.length, "edit", "edits")}</summary><table><thead><tr><th class="n">call</th><th>edit</th><th>measure</th><th>reason</th><th class="n">freed</th><th class="n">rewritten</th><th>why</th></tr></thead><tbody>${cells.join("\n")}</tbody></table></details>`;
}

function edits(rows: readonly EditAt[], calls: number): string {
  if (rows.length === 0) return "<p>No edit was made: everything fits the budget.</p>";
  return `<p class="soft">One mark per edit: its size is the tokens freed, its colour the reason.</p>
${drawEditTimeline(rows, calls)}
${editTable(rows)}`;
}

function charts(replay: Replay): string {
  const rows = replay.calls.flatMap((call, at) => call.edits.map((edit) => ({ at, edit })));
  const marks = rows.map(({ at, edit }) => ({ at, title: describeEdit(edit) }));
  const windows = seriesOf((strategy) => replay.calls.map((call) => call.figures[strategy].windowTokens));
  const costs = seriesOf((strategy) => running(replay.calls.map((call) => call.figures[strategy].cost)));
  const limit = {
    name: `load line, ${formatInteger(replay.budgetTokens)} tokens`,
    value: replay.budgetTokens,
  };
  const peak = strategies.reduce((most, way) => Math.max(most, replay.totals[way].peakWindowTokens), 0);
  const near =
    peak <= farOver * replay.budgetTokens
      ? []
      : [
          '<h3>The same near the budget</h3><p class="soft">Windows far over the budget leave the picture at the top.</p>',
          drawLineChart("window tokens per call near the line", windows, {
            unit: "tokens",
            limit,
            marks,
            upTo: replay.budgetTokens * 1.2,
          }),
        ];
  return [
    '<h2>The window, call by call</h2><p class="soft">Tokens sent in each call. Marks along the bottom are Loadline\'s edits. Point at a call to read it out.</p>',
    drawLineChart("window tokens per call", windows, { unit: "tokens", limit, marks }),
    ...near,
    '<h2>What fills Loadline\'s window</h2><p class="soft">Tokens by kind in each call.</p>',
    drawStackChart("tokens by kind per call", kindSeries(replay), { unit: "tokens", limit, marks }),
    '<h2>What it costs</h2><p class="soft">Input cost of all calls so far.</p>',
    drawLineChart("cumulative cost", costs, { unit: "tokens of fresh input" }),
    "<h2>What was edited, when and why</h2>",
    edits(rows, replay.calls.length),
  ].join("\n");
}

/** Renders one self-contained page with the charts of a replay: no script, no network. The title is plain text. */
export function renderReplayReport(replay: Replay, title: string): string {
  const name = escapeHtml(title);
  const body = replay.calls.length === 0 ? "" : `${cards(replay)}\n${charts(replay)}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${name}: replay under a load line</title><style>${pageStyle}</style></head>
<body><h1>${name}</h1><p class="lead">${escapeHtml(writeHeadline(replay))}</p>
<p class="soft">${countThings(replay.messages, "message", "messages")}, ${countThings(replay.finalTokens, "token", "tokens")} at the end; load line ${formatInteger(replay.budgetTokens)} tokens; prices ${escapeHtml(replay.prices)}.</p>
${body}
</body></html>
`;
}

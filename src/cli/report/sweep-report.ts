import { paretoFront } from "../../lab/index.ts";
import type { SweepRow } from "../../lab/index.ts";
import { describeBytes, shortBytes } from "../read-numbers.ts";
import { whole } from "../table.ts";
import type { Point, PointSeries } from "./charts/xy-chart.ts";
import { xyChart } from "./charts/xy-chart.ts";
import { escapeHtml } from "./escape-html.ts";
import { htmlTable, renderPage } from "./page.ts";

const percent = (share: number): string => `${Number((100 * share).toFixed(2))} %`;
/** Colours in turn, those of the front's line left out. */
const colours = [0, 2, 3, 4, 5, 6, 7, 9, 10, 11];
const colourOf = (index: number): number => colours[index % colours.length] ?? 0;

function distinct(values: readonly number[]): readonly number[] {
  return [...new Set(values)].toSorted((a, b) => a - b);
}

function describeRow(row: SweepRow): readonly string[] {
  return [
    `depth ${row.depth}, batch ${row.batch}, ${row.optimizer}`,
    `${percent(row.accuracy)} right, loss ${row.loss.toFixed(4)}`,
    `${whole(row.peakBytes)} bytes, ${row.seconds.toFixed(2)} s`,
  ];
}

function point(x: number, y: number, row: SweepRow, size?: number): Point {
  return { x, y, said: describeRow(row), ...(size === undefined ? {} : { size }) };
}

function byDepth(
  rows: readonly SweepRow[],
  joined: boolean,
  place: (row: SweepRow) => readonly [number, number, number?],
): readonly PointSeries[] {
  return distinct(rows.map((row) => row.depth)).map((depth, index) => ({
    name: `depth ${depth}`,
    colour: colourOf(index),
    joined,
    points: rows
      .filter((row) => row.depth === depth)
      .toSorted((a, b) => a.batch - b.batch)
      .map((row) => point(place(row)[0], place(row)[1], row, place(row)[2])),
  }));
}

function byBatch(rows: readonly SweepRow[], value: (row: SweepRow) => number): readonly PointSeries[] {
  return distinct(rows.map((row) => row.batch)).map((batch, index) => ({
    name: `batch ${batch}`,
    colour: colourOf(index),
    joined: true,
    points: rows
      .filter((row) => row.batch === batch)
      .toSorted((a, b) => a.depth - b.depth)
      .map((row) => point(row.depth, value(row), row)),
  }));
}

/** Room for a dot grows with its batch. */
function sizeOf(batch: number, batches: readonly number[]): number {
  return 4 + 5 * (batches.indexOf(batch) / Math.max(1, batches.length - 1));
}

function charts(rows: readonly SweepRow[]): string {
  const batches = distinct(rows.map((row) => row.batch));
  const depths = distinct(rows.map((row) => row.depth));
  const front: PointSeries = {
    name: "no other is both lighter and as accurate",
    colour: 1,
    joined: true,
    dashed: true,
    points: paretoFront(rows).map((row) => ({ x: row.peakBytes, y: row.accuracy, said: [] })),
  };
  const scatter = byDepth(rows, false, (row) => [row.peakBytes, row.accuracy, sizeOf(row.batch, batches)]);
  const bytes = { title: "peak bytes", format: shortBytes, binary: true };
  const accuracy = { title: "right answers on the test set", format: percent };
  const batchAxis = { title: "batch", format: String, logarithmic: true, ticks: batches };
  const depthAxis = { title: "hidden layers", format: String, ticks: depths };
  return [
    '<h2>Memory and accuracy</h2><p class="soft">One dot for each training, larger for a larger batch. Point at one to read it out.</p>',
    xyChart("accuracy over peak bytes", [front, ...scatter], {
      x: { ...bytes, logarithmic: true },
      y: accuracy,
    }),
    "<h2>What depth does to accuracy</h2>",
    xyChart(
      "accuracy by depth",
      byBatch(rows, (row) => row.accuracy),
      { x: depthAxis, y: accuracy },
    ),
    '<h2>What the batch does to memory</h2><p class="soft">Exactly linear.</p>',
    xyChart(
      "bytes by batch",
      byDepth(rows, true, (row) => [row.batch, row.peakBytes]),
      { x: { title: "batch", format: String, ticks: batches }, y: { ...bytes, fromZero: true } },
    ),
    "<h2>What the batch does to time</h2>",
    xyChart(
      "seconds by batch",
      byDepth(rows, true, (row) => [row.batch, row.seconds]),
      {
        x: batchAxis,
        y: { title: "seconds of training", format: String, fromZero: true },
      },
    ),
  ].join("\n");
}

function table(rows: readonly SweepRow[]): string {
  const front = new Set(paretoFront(rows));
  const head = [
    "",
    "depth",
    "batch",
    "optimizer",
    "parameters",
    "peak bytes",
    "seconds",
    "test loss",
    "accuracy",
  ];
  const cells = rows.map((row) => [
    front.has(row) ? "★" : "",
    String(row.depth),
    String(row.batch),
    row.optimizer,
    whole(row.parameterCount),
    whole(row.peakBytes),
    row.seconds.toFixed(2),
    row.loss.toFixed(4),
    percent(row.accuracy),
  ]);
  return `<h2>All trainings</h2><p class="soft">★ No other is both lighter and at least as accurate.</p>${htmlTable(head, cells, [0, 3])}`;
}

/** One self-contained page about a sweep: charts, what was found, and all rows. Title and findings are plain text. */
export function renderSweepReport(
  rows: readonly SweepRow[],
  findings: readonly string[],
  title: string,
): string {
  if (rows.length === 0) return renderPage(title, "No training was finished: nothing to show.", "");
  const best = rows.reduce((most, row) => (row.accuracy > most.accuracy ? row : most));
  const lead = `${rows.length} trainings; the best answers ${percent(best.accuracy)} right with ${best.depth === 1 ? "1 hidden layer" : `${best.depth} hidden layers`} and batch ${best.batch}, in ${describeBytes(best.peakBytes)}.`;
  const said = findings.map((finding) => `<li>${escapeHtml(finding)}</li>`).join("\n");
  return renderPage(
    title,
    lead,
    `<h2>What was found</h2><ul class="said">${said}</ul>\n${charts(rows)}\n${table(rows)}`,
  );
}

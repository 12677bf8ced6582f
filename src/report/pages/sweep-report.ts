import { paretoFront } from "../../lab/index.ts";
import type { SweepRow } from "../../lab/index.ts";
import { describeBytes, shortBytes } from "../text/bytes.ts";
import { whole } from "../text/table.ts";
import type { Point, PointSeries, XyOptions } from "../charts/xy-chart.ts";
import { xyChart } from "../charts/xy-chart.ts";
import { escapeHtml } from "../charts/escape-html.ts";
import { htmlTable, renderPage } from "./page.ts";

/** A training that went astray has no finite scores. */
const percent = (share: number): string =>
  Number.isFinite(share) ? `${Number((100 * share).toFixed(2))} %` : "-";
const fixed = (value: number): string => (Number.isFinite(value) ? value.toFixed(4) : "not finite");
/** Colours in turn, those of the front's line left out. */
const colours = [0, 2, 3, 4, 5, 6, 7, 9, 10, 11];
const colourOf = (index: number): number => colours[index % colours.length] ?? 0;

function distinct(values: readonly number[]): readonly number[] {
  return [...new Set(values)].toSorted((a, b) => a - b);
}

function describeRow(row: SweepRow): readonly string[] {
  return [
    `depth ${row.depth}, batch ${row.batch}, ${row.optimizer}`,
    `${percent(row.accuracy)} right, loss ${fixed(row.loss)}`,
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

const bytesAxis = { title: "peak bytes", format: shortBytes, binary: true };
const accuracyAxis = { title: "right answers on the test set", format: percent };

/** Rows without an accuracy are beaten by none, and yet are no choice. */
function frontOf(rows: readonly SweepRow[]): readonly SweepRow[] {
  return paretoFront(rows.filter((row) => Number.isFinite(row.accuracy)));
}

/** Room for a dot grows with its batch. */
function sizeOf(batch: number, batches: readonly number[]): number {
  return 4 + 5 * (batches.indexOf(batch) / Math.max(1, batches.length - 1));
}

/** Lines, one drawing for each optimizer; all of them have the axes of all rows, so that they can be compared. */
function perOptimizer(
  label: string,
  rows: readonly SweepRow[],
  lines: (rows: readonly SweepRow[]) => readonly PointSeries[],
  options: XyOptions,
): string {
  const optimizers = [...new Set(rows.map((row) => row.optimizer))];
  if (optimizers.length < 2) return xyChart(label, lines(rows), options);
  const bounds: readonly PointSeries[] = lines(rows).map((series) => ({
    ...series,
    name: "",
    joined: false,
    points: series.points.map(({ x, y }) => ({ x, y, said: [] })),
  }));
  return optimizers
    .map((optimizer) => {
      const own = lines(rows.filter((row) => row.optimizer === optimizer));
      return `<h3>${escapeHtml(optimizer)}</h3>${xyChart(`${label}, ${optimizer}`, [...own, ...bounds], options)}`;
    })
    .join("");
}

function lineCharts(rows: readonly SweepRow[]): string {
  const batches = distinct(rows.map((row) => row.batch));
  const batchAxis = { title: "batch", format: String, ticks: batches };
  const depthAxis = {
    title: "hidden layers",
    format: String,
    ticks: distinct(rows.map((row) => row.depth)),
  };
  return [
    "<h2>What depth does to accuracy</h2>",
    perOptimizer("accuracy by depth", rows, (some) => byBatch(some, (row) => row.accuracy), {
      x: depthAxis,
      y: accuracyAxis,
    }),
    '<h2>What the batch does to memory</h2><p class="soft">Exactly linear.</p>',
    perOptimizer("bytes by batch", rows, (some) => byDepth(some, true, (row) => [row.batch, row.peakBytes]), {
      x: batchAxis,
      y: { ...bytesAxis, fromZero: true },
    }),
    "<h2>What the batch does to time</h2>",
    perOptimizer("seconds by batch", rows, (some) => byDepth(some, true, (row) => [row.batch, row.seconds]), {
      x: { ...batchAxis, logarithmic: true },
      y: { title: "seconds of training", format: String, fromZero: true },
    }),
  ].join("\n");
}

function charts(rows: readonly SweepRow[]): string {
  const batches = distinct(rows.map((row) => row.batch));
  const front: PointSeries = {
    name: "no other is both lighter and as accurate",
    colour: 1,
    joined: true,
    dashed: true,
    points: frontOf(rows).map((row) => ({ x: row.peakBytes, y: row.accuracy, said: [] })),
  };
  const scatter = byDepth(rows, false, (row) => [row.peakBytes, row.accuracy, sizeOf(row.batch, batches)]);
  return [
    '<h2>Memory and accuracy</h2><p class="soft">One dot for each training, larger for a larger batch. Point at one to read it out.</p>',
    xyChart("accuracy over peak bytes", [front, ...scatter], {
      x: { ...bytesAxis, logarithmic: true },
      y: accuracyAxis,
    }),
    lineCharts(rows),
  ].join("\n");
}

function table(rows: readonly SweepRow[]): string {
  const front = new Set(frontOf(rows));
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
    fixed(row.loss),
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
  const best = rows.reduce((most, row) =>
    row.accuracy > most.accuracy || Number.isNaN(most.accuracy) ? row : most,
  );
  const lead = `${rows.length} trainings; the best answers ${percent(best.accuracy)} right with ${best.depth === 1 ? "1 hidden layer" : `${best.depth} hidden layers`} and batch ${best.batch}, in ${describeBytes(best.peakBytes)}.`;
  const said = findings.map((finding) => `<li>${escapeHtml(finding)}</li>`).join("\n");
  return renderPage(
    title,
    lead,
    `<h2>What was found</h2><ul class="said">${said}</ul>\n${charts(rows)}\n${table(rows)}`,
  );
}

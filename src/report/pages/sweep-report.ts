import { paretoFront } from "../../lab/index.ts";
import type { SweepRow } from "../../lab/index.ts";
import { formatBytes, formatShortBytes } from "../text/format-bytes.ts";
import { formatInteger } from "../text/format-table.ts";
import type { Point, PointSeries, XyOptions } from "../charts/xy-chart.ts";
import { drawXyChart } from "../charts/xy-chart.ts";
import { escapeHtml } from "../charts/escape-html.ts";
import { renderTable, renderPage } from "./page.ts";

/** A training run that diverged has no finite scores. */
const percent = (share: number): string =>
  Number.isFinite(share) ? `${Number((100 * share).toFixed(2))} %` : "-";
const formatFixed = (value: number): string => (Number.isFinite(value) ? value.toFixed(4) : "not finite");
/** Colours in turn, without the one of the front's line. */
const colours = [0, 2, 3, 4, 5, 6, 7, 9, 10, 11];
const colourOf = (index: number): number => colours[index % colours.length] ?? 0;

function distinct(values: readonly number[]): readonly number[] {
  return [...new Set(values)].toSorted((a, b) => a - b);
}

function describeRow(row: SweepRow): readonly string[] {
  return [
    `depth ${row.depth}, batch ${row.batch}, ${row.optimizer}`,
    `accuracy ${percent(row.accuracy)}, loss ${formatFixed(row.loss)}`,
    `${formatInteger(row.peakBytes)} bytes, ${row.seconds.toFixed(2)} s`,
  ];
}

function point(x: number, y: number, row: SweepRow, size?: number): Point {
  return { x, y, readOut: describeRow(row), ...(size === undefined ? {} : { size }) };
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

const bytesAxis = { title: "peak bytes", format: formatShortBytes, binary: true };
const accuracyAxis = { title: "accuracy on the test set", format: percent };

/** Returns the Pareto front. Rows without an accuracy would never be dominated, but cannot be chosen, so they are left out. */
function frontOf(rows: readonly SweepRow[]): readonly SweepRow[] {
  return paretoFront(rows.filter((row) => Number.isFinite(row.accuracy)));
}

/** Returns the radius of a dot, which grows with its batch. */
function sizeOf(batch: number, batches: readonly number[]): number {
  return 4 + 5 * (batches.indexOf(batch) / Math.max(1, batches.length - 1));
}

/** Draws one chart per optimizer, all with the axes of all rows so that they can be compared. */
function perOptimizer(
  label: string,
  rows: readonly SweepRow[],
  lines: (rows: readonly SweepRow[]) => readonly PointSeries[],
  options: XyOptions,
): string {
  const optimizers = [...new Set(rows.map((row) => row.optimizer))];
  if (optimizers.length < 2) return drawXyChart(label, lines(rows), options);
  const bounds: readonly PointSeries[] = lines(rows).map((series) => ({
    ...series,
    name: "",
    joined: false,
    points: series.points.map(({ x, y }) => ({ x, y, readOut: [] })),
  }));
  return optimizers
    .map((optimizer) => {
      const own = lines(rows.filter((row) => row.optimizer === optimizer));
      return `<h3>${escapeHtml(optimizer)}</h3>${drawXyChart(`${label}, ${optimizer}`, [...own, ...bounds], options)}`;
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
    "<h2>Accuracy by depth</h2>",
    perOptimizer("accuracy by depth", rows, (some) => byBatch(some, (row) => row.accuracy), {
      x: depthAxis,
      y: accuracyAxis,
    }),
    '<h2>Memory by batch size</h2><p class="soft">Exactly linear.</p>',
    perOptimizer("bytes by batch", rows, (some) => byDepth(some, true, (row) => [row.batch, row.peakBytes]), {
      x: batchAxis,
      y: { ...bytesAxis, fromZero: true },
    }),
    "<h2>Time by batch size</h2>",
    perOptimizer("seconds by batch", rows, (some) => byDepth(some, true, (row) => [row.batch, row.seconds]), {
      x: { ...batchAxis, logarithmic: true },
      y: { title: "training time in seconds", format: String, fromZero: true },
    }),
  ].join("\n");
}

function charts(rows: readonly SweepRow[]): string {
  const batches = distinct(rows.map((row) => row.batch));
  const front: PointSeries = {
    name: "Pareto front: no run is both lighter and as accurate",
    colour: 1,
    joined: true,
    dashed: true,
    points: frontOf(rows).map((row) => ({ x: row.peakBytes, y: row.accuracy, readOut: [] })),
  };
  const scatter = byDepth(rows, false, (row) => [row.peakBytes, row.accuracy, sizeOf(row.batch, batches)]);
  return [
    '<h2>Memory and accuracy</h2><p class="soft">One dot per training run, larger for a larger batch. Point at one to read it out.</p>',
    drawXyChart("accuracy over peak bytes", [front, ...scatter], {
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
    formatInteger(row.parameterCount),
    formatInteger(row.peakBytes),
    row.seconds.toFixed(2),
    formatFixed(row.loss),
    percent(row.accuracy),
  ]);
  return `<h2>All training runs</h2><p class="soft">★ Pareto front: no other run is both lighter and at least as accurate.</p>${renderTable(head, cells, [0, 3])}`;
}

/** Renders one self-contained page about a sweep: charts, findings and all rows. Title and findings are plain text. */
export function renderSweepReport(
  rows: readonly SweepRow[],
  findings: readonly string[],
  title: string,
): string {
  if (rows.length === 0)
    return renderPage(title, "No training run finished, so there is nothing to show.", "");
  const best = rows.reduce((most, row) =>
    row.accuracy > most.accuracy || Number.isNaN(most.accuracy) ? row : most,
  );
  const lead = `${rows.length} training runs; the best reaches an accuracy of ${percent(best.accuracy)} with ${best.depth === 1 ? "1 hidden layer" : `${best.depth} hidden layers`} and batch ${best.batch}, in ${formatBytes(best.peakBytes)}.`;
  const found = findings.map((finding) => `<li>${escapeHtml(finding)}</li>`).join("\n");
  return renderPage(
    title,
    lead,
    `<h2>Findings</h2><ul class="said">${found}</ul>\n${charts(rows)}\n${table(rows)}`,
  );
}

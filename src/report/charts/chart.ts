import { formatInteger } from "../text/format-table.ts";
import { area, curveStepAfter, line, max, stack } from "./d3.ts";
import type { SeriesPoint } from "./d3.ts";
import { escapeHtml } from "./escape-html.ts";
import { drawReadOutColumns } from "./read-out.ts";
import type { ReadOutLine } from "./read-out.ts";
import {
  chartBottom,
  chartLeft,
  chartRight,
  chartTop,
  chartWidth,
  makeScale,
  formatPlace,
  formatShortNumber,
  chooseTickedCalls,
} from "./scale.ts";
import type { Scale } from "./scale.ts";

/** A row of values, one per call. */
export interface Series {
  readonly name: string;
  /** Index of its colour in the page's palette. */
  readonly colour: number;
  readonly values: readonly number[];
}

/** A mark below a chart: something that happened at a call, counted from 0. */
export interface Mark {
  readonly at: number;
  readonly title: string;
}

/** What a chart shows in addition to its values. */
export interface ChartOptions {
  /** Unit of the values, shown above the axis. */
  readonly unit: string;
  /** A dashed line. */
  readonly limit?: { readonly name: string; readonly value: number };
  readonly marks?: readonly Mark[];
  /** Crops the drawing at this value; undefined shows everything. */
  readonly upTo?: number;
}

const height = 300;
const base = height - chartBottom;

/** Draws the labels of the calls along the bottom. */
export function drawCallAxis(scale: Scale): string {
  const ticks = chooseTickedCalls(scale.calls).map(
    (call) =>
      `<text class="tick" x="${formatPlace(scale.x(call))}" y="${scale.height - chartBottom + 18}" text-anchor="middle">${call + 1}</text>`,
  );
  return `${ticks.join("")}<text class="tick" x="${chartWidth - chartRight}" y="${scale.height - 4}" text-anchor="end">call</text>`;
}

function drawAxes(scale: Scale, unit: string): string {
  const rows: string[] = [];
  for (const value of scale.ticks) {
    const y = formatPlace(scale.y(value));
    rows.push(
      `<line class="grid" x1="${chartLeft}" x2="${chartWidth - chartRight}" y1="${y}" y2="${y}"/><text class="tick" x="${chartLeft - 8}" y="${y}" dy="0.32em" text-anchor="end">${formatShortNumber(value)}</text>`,
    );
  }
  return `${rows.join("")}${drawCallAxis(scale)}<text class="tick" x="${chartLeft}" y="${chartTop - 8}">${escapeHtml(unit)}</text>`;
}

/** Returns `values` with the last one repeated: a step needs the right edge of the last call too. */
function withEnd<Value>(values: readonly Value[]): Value[] {
  return [...values, ...values.slice(-1)];
}

/** Returns a path with a step at each call, so that one call shows as well as a thousand. */
function stepPath(values: readonly number[], scale: Scale): string {
  const path = line<number>()
    .x((_, call) => scale.edge(call))
    .y((value) => scale.y(value))
    .curve(curveStepAfter)
    .digits(1);
  return path(withEnd(values)) ?? "";
}

/** Lower and upper value of a series at one call, in a stack. */
type Band = SeriesPoint<number>;

/** Returns one area per series, each on top of the one before, with a step at each call. */
function stackPaths(series: readonly Series[], calls: number, scale: Scale): readonly string[] {
  const stacked = stack<number, number>()
    .keys(series.keys())
    .value((call, index) => series[index]?.values[call] ?? 0)([...Array(calls).keys()]);
  const path = area<Band>()
    .x((_, call) => scale.edge(call))
    .y0(([lower]) => scale.y(lower))
    .y1(([, upper]) => scale.y(upper))
    .curve(curveStepAfter)
    .digits(1);
  return stacked.map((row) => path(withEnd(row)) ?? "");
}

/** Crops what exceeds the drawing at the top; a line along its bottom is not cut. */
function crop(body: string): string {
  const tall = base - chartTop + 2;
  return `<svg class="crop" x="0" y="${chartTop}" width="${chartWidth}" height="${tall}" viewBox="0 ${chartTop} ${chartWidth} ${tall}">${body}</svg>`;
}

function drawLimit(limit: ChartOptions["limit"], scale: Scale): string {
  if (limit === undefined) return "";
  const y = formatPlace(scale.y(limit.value));
  return `<line class="limit" x1="${chartLeft}" x2="${chartWidth - chartRight}" y1="${y}" y2="${y}"/>`;
}

function drawLegend(series: readonly Series[], limit: ChartOptions["limit"]): string {
  const items = series.map(
    ({ name, colour }) => `<li><span class="key c${colour}"></span>${escapeHtml(name)}</li>`,
  );
  if (limit !== undefined) items.push(`<li><span class="key dashed"></span>${escapeHtml(limit.name)}</li>`);
  return `<ul class="legend">${items.join("")}</ul>`;
}

/** Wraps a drawing so that it scrolls on its own where it is too wide. */
export function wrapDrawing(label: string, tall: number, body: string): string {
  return `<div class="scroll"><svg class="chart" viewBox="0 0 ${chartWidth} ${tall}" role="img" aria-label="${escapeHtml(label)}">${body}</svg></div>`;
}

function countCalls(series: readonly Series[]): number {
  return max(series, (row) => row.values.length) ?? 0;
}

/** Returns what is read out for a few calls: their edits, and the values of the last one. */
function readOutCalls(
  marks: readonly Mark[],
  values: (call: number) => readonly ReadOutLine[],
): (from: number, to: number) => readonly ReadOutLine[] {
  const byCall = Map.groupBy(marks, (mark) => mark.at);
  return (from, to) => {
    const lines: ReadOutLine[] = [];
    for (let call = from; call <= to; call++) {
      for (const { title } of byCall.get(call) ?? [])
        lines.push({ text: to > from ? `call ${call + 1}: ${title}` : title });
    }
    return [{ text: `call ${formatInteger(to + 1)}` }, ...values(to), ...lines];
  };
}

/** Draws lines over the calls, with a dashed line for a limit and marks along the bottom. */
export function drawLineChart(label: string, series: readonly Series[], options: ChartOptions): string {
  const { limit, marks = [], unit, upTo } = options;
  const largest = Math.max(max(series, (row) => max(row.values) ?? 0) ?? 0, limit?.value ?? 0);
  const scale = makeScale(countCalls(series), Math.min(largest, upTo ?? largest), height);
  const lines = series
    .map((row) => `<path class="line c${row.colour}" d="${stepPath(row.values, scale)}"/>`)
    .toReversed()
    .join("");
  const ticks = marks.map((mark) => `<path class="mark" d="M${formatPlace(scale.x(mark.at))} ${base}v-9"/>`);
  const say = readOutCalls(marks, (call) =>
    series.map(({ name, colour, values }) => ({
      text: `${name}: ${formatInteger(values[call] ?? 0)}`,
      colour,
    })),
  );
  const body = [
    drawAxes(scale, unit),
    upTo === undefined ? lines : crop(lines),
    drawLimit(limit, scale),
    ...ticks,
    drawReadOutColumns(scale, say),
  ];
  return wrapDrawing(label, height, body.join("")) + drawLegend(series, limit);
}

/** Draws areas stacked over the calls, the first one at the bottom. */
export function drawStackChart(label: string, series: readonly Series[], options: ChartOptions): string {
  const { limit, marks = [], unit } = options;
  const calls = countCalls(series);
  const sums = Array.from({ length: calls }, (_, call) =>
    series.reduce((sum, row) => sum + (row.values[call] ?? 0), 0),
  );
  const scale = makeScale(calls, Math.max(max(sums) ?? 0, limit?.value ?? 0), height);
  const paths = stackPaths(series, calls, scale).map(
    (path, index) => `<path class="area c${series[index]?.colour ?? 0}" d="${path}"/>`,
  );
  const say = readOutCalls(marks, (call) => [
    { text: `total: ${formatInteger(sums[call] ?? 0)}` },
    ...series
      .map(({ name, colour, values }) => ({ name, colour, value: values[call] ?? 0 }))
      .filter(({ value }) => value > 0)
      .map(({ name, colour, value }) => ({ text: `${name}: ${formatInteger(value)}`, colour }))
      .toReversed(),
  ]);
  const body = [drawAxes(scale, unit), ...paths, drawLimit(limit, scale), drawReadOutColumns(scale, say)];
  return wrapDrawing(label, height, body.join("")) + drawLegend(series, limit);
}

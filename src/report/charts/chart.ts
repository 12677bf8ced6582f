import { whole } from "../text/table.ts";
import { escapeHtml } from "./escape-html.ts";
import { readOutColumns } from "./read-out.ts";
import type { ReadOutLine } from "./read-out.ts";
import {
  chartBottom,
  chartLeft,
  chartRight,
  chartTop,
  chartWidth,
  makeScale,
  place,
  shortNumber,
  tickedCalls,
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

/** What may stand in a chart besides its values. */
export interface ChartOptions {
  /** What the values are, above the axis. */
  readonly unit: string;
  /** A dashed line. */
  readonly limit?: { readonly name: string; readonly value: number };
  readonly marks?: readonly Mark[];
  /** Nothing over this value is drawn; undefined shows everything. */
  readonly upTo?: number;
}

const height = 300;
const base = height - chartBottom;

/** The labels of the calls, along the bottom. */
export function callAxis(scale: Scale): string {
  const ticks = tickedCalls(scale.calls).map(
    (call) =>
      `<text class="tick" x="${place(scale.x(call))}" y="${scale.height - chartBottom + 18}" text-anchor="middle">${call + 1}</text>`,
  );
  return `${ticks.join("")}<text class="tick" x="${chartWidth - chartRight}" y="${scale.height - 4}" text-anchor="end">call</text>`;
}

function axes(scale: Scale, unit: string): string {
  const rows: string[] = [];
  for (let value = 0; value <= scale.most + scale.step / 2; value += scale.step) {
    const y = place(scale.y(value));
    rows.push(
      `<line class="grid" x1="${chartLeft}" x2="${chartWidth - chartRight}" y1="${y}" y2="${y}"/><text class="tick" x="${chartLeft - 8}" y="${y}" dy="0.32em" text-anchor="end">${shortNumber(value)}</text>`,
    );
  }
  return `${rows.join("")}${callAxis(scale)}<text class="tick" x="${chartLeft}" y="${chartTop - 8}">${escapeHtml(unit)}</text>`;
}

/** A path with a step at each call, so that one call shows as well as a thousand. */
function stepPath(values: readonly number[], scale: Scale): string {
  const half = scale.column / 2;
  return values
    .map(
      (value, call) =>
        `${call === 0 ? "M" : "L"}${place(scale.x(call) - half)} ${place(scale.y(value))}H${place(scale.x(call) + half)}`,
    )
    .join("");
}

/** Cuts off what is over the drawing; a line along its bottom stays whole. */
function cropped(body: string): string {
  const tall = base - chartTop + 2;
  return `<svg class="crop" x="0" y="${chartTop}" width="${chartWidth}" height="${tall}" viewBox="0 ${chartTop} ${chartWidth} ${tall}">${body}</svg>`;
}

function limitLine(limit: ChartOptions["limit"], scale: Scale): string {
  if (limit === undefined) return "";
  const y = place(scale.y(limit.value));
  return `<line class="limit" x1="${chartLeft}" x2="${chartWidth - chartRight}" y1="${y}" y2="${y}"/>`;
}

function legend(series: readonly Series[], limit: ChartOptions["limit"]): string {
  const items = series.map(
    ({ name, colour }) => `<li><span class="key c${colour}"></span>${escapeHtml(name)}</li>`,
  );
  if (limit !== undefined) items.push(`<li><span class="key dashed"></span>${escapeHtml(limit.name)}</li>`);
  return `<ul class="legend">${items.join("")}</ul>`;
}

/** A drawing that scrolls by itself where it is too wide. */
export function drawing(label: string, tall: number, body: string): string {
  return `<div class="scroll"><svg class="chart" viewBox="0 0 ${chartWidth} ${tall}" role="img" aria-label="${escapeHtml(label)}">${body}</svg></div>`;
}

function callsOf(series: readonly Series[]): number {
  return series.reduce((most, row) => Math.max(most, row.values.length), 0);
}

/** The edits of a few calls and the values of the last of them. */
function sayCalls(
  marks: readonly Mark[],
  values: (call: number) => readonly ReadOutLine[],
): (from: number, to: number) => readonly ReadOutLine[] {
  const byCall = Map.groupBy(marks, (mark) => mark.at);
  return (from, to) => {
    const said: ReadOutLine[] = [];
    for (let call = from; call <= to; call += 1) {
      for (const { title } of byCall.get(call) ?? [])
        said.push({ text: to > from ? `call ${call + 1}: ${title}` : title });
    }
    return [{ text: `call ${whole(to + 1)}` }, ...values(to), ...said];
  };
}

/** Lines over the calls, with a dashed line for a limit and marks along the bottom. */
export function lineChart(label: string, series: readonly Series[], options: ChartOptions): string {
  const { limit, marks = [], unit, upTo } = options;
  const largest = series
    .flatMap((row) => row.values)
    .reduce((most, value) => Math.max(most, value), limit?.value ?? 0);
  const scale = makeScale(callsOf(series), Math.min(largest, upTo ?? largest), height);
  const lines = series
    .map((row) => `<path class="line c${row.colour}" d="${stepPath(row.values, scale)}"/>`)
    .toReversed()
    .join("");
  const ticks = marks.map((mark) => `<path class="mark" d="M${place(scale.x(mark.at))} ${base}v-9"/>`);
  const say = sayCalls(marks, (call) =>
    series.map(({ name, colour, values }) => ({ text: `${name}: ${whole(values[call] ?? 0)}`, colour })),
  );
  const body = [
    axes(scale, unit),
    upTo === undefined ? lines : cropped(lines),
    limitLine(limit, scale),
    ...ticks,
    readOutColumns(scale, say),
  ];
  return drawing(label, height, body.join("")) + legend(series, limit);
}

/** Areas stacked on each other over the calls, the first at the bottom. */
export function stackChart(label: string, series: readonly Series[], options: ChartOptions): string {
  const { limit, marks = [], unit } = options;
  const calls = callsOf(series);
  const sums = Array.from({ length: calls }, () => 0);
  const areas = series.map((row) => {
    const lower = [...sums];
    for (const call of sums.keys()) sums[call] = (sums[call] ?? 0) + (row.values[call] ?? 0);
    return { colour: row.colour, lower, upper: [...sums] };
  });
  const scale = makeScale(
    calls,
    sums.reduce((most, value) => Math.max(most, value), limit?.value ?? 0),
    height,
  );
  const half = scale.column / 2;
  const paths = areas.map(({ colour, lower, upper }) => {
    const back = lower
      .map(
        (value, call) =>
          `L${place(scale.x(call) + half)} ${place(scale.y(value))}H${place(scale.x(call) - half)}`,
      )
      .toReversed();
    return `<path class="area c${colour}" d="${stepPath(upper, scale)}${back.join("")}Z"/>`;
  });
  const say = sayCalls(marks, (call) => [
    { text: `all: ${whole(sums[call] ?? 0)}` },
    ...series
      .map(({ name, colour, values }) => ({ name, colour, value: values[call] ?? 0 }))
      .filter(({ value }) => value > 0)
      .map(({ name, colour, value }) => ({ text: `${name}: ${whole(value)}`, colour }))
      .toReversed(),
  ]);
  const body = [axes(scale, unit), ...paths, limitLine(limit, scale), readOutColumns(scale, say)];
  return drawing(label, height, body.join("")) + legend(series, limit);
}

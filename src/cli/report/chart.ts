import { whole } from "../table.ts";
import { escapeHtml } from "./escape-html.ts";

/** A row of values, one per call. */
export interface Series {
  readonly name: string;
  /** Index of its colour in the page's palette. */
  readonly colour: number;
  readonly values: readonly number[];
}

/** A mark below a chart: something that happened at a call. */
export interface Mark {
  readonly at: number;
  readonly title: string;
}

const width = 960;
const height = 300;
const left = 64;
const right = 16;
const top = 14;
const bottom = 34;

/** A round step for about four grid lines. */
function gridStep(most: number): number {
  const rough = Math.max(1, most) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 2.5, 5, 10].find((step) => step * power >= rough) ?? 10) * power;
}

/** A tick's label: 2.5k, 1.5M. */
function shortNumber(value: number): string {
  if (value >= 1_000_000) return `${Number((value / 1_000_000).toFixed(2))}M`;
  return value >= 1_000 ? `${Number((value / 1_000).toFixed(2))}k` : String(value);
}

interface Scale {
  readonly x: (index: number) => number;
  readonly y: (value: number) => number;
  readonly most: number;
  readonly calls: number;
}

function scaleFor(calls: number, largest: number): Scale {
  const step = gridStep(largest);
  const most = Math.max(step, Math.ceil(largest / step) * step);
  const span = width - left - right;
  return {
    calls,
    most,
    x: (index) => left + (span * (index + 0.5)) / Math.max(1, calls),
    y: (value) => top + (height - top - bottom) * (1 - value / most),
  };
}

const number = (value: number): string => value.toFixed(1);

function axes(scale: Scale, unit: string): string {
  const step = gridStep(scale.most);
  const rows: string[] = [];
  for (let value = 0; value <= scale.most + step / 2; value += step) {
    const y = number(scale.y(value));
    rows.push(
      `<line class="grid" x1="${left}" x2="${width - right}" y1="${y}" y2="${y}"/><text class="tick" x="${left - 8}" y="${y}" dy="0.32em" text-anchor="end">${shortNumber(value)}</text>`,
    );
  }
  const every = Math.max(1, Math.ceil(scale.calls / 8));
  for (let call = 0; call < scale.calls; call += every) {
    rows.push(
      `<text class="tick" x="${number(scale.x(call))}" y="${height - bottom + 16}" text-anchor="middle">${call + 1}</text>`,
    );
  }
  rows.push(
    `<text class="tick" x="${width - right}" y="${height - 4}" text-anchor="end">call</text><text class="tick" x="${left}" y="${top - 4}">${escapeHtml(unit)}</text>`,
  );
  return rows.join("");
}

/** A path with a step at each call, so that one call shows as well as a thousand. */
function stepPath(values: readonly number[], scale: Scale): string {
  const half = scale.calls === 0 ? 0 : (scale.x(1) - scale.x(0)) / 2;
  return values
    .map(
      (value, index) =>
        `${index === 0 ? "M" : "L"}${number(scale.x(index) - half)} ${number(scale.y(value))}H${number(scale.x(index) + half)}`,
    )
    .join("");
}

/** Invisible columns over the chart, one per call, whose titles read out the values where the pointer stands. */
function readOut(series: readonly Series[], scale: Scale, marks: readonly Mark[]): string {
  const column = (width - left - right) / Math.max(1, scale.calls);
  return Array.from({ length: scale.calls }, (_, index) => {
    const said = marks.filter((mark) => mark.at === index).map((mark) => mark.title);
    const lines = [
      `call ${index + 1}`,
      ...series.map(({ name, values }) => `${name}: ${whole(values[index] ?? 0)}`),
      ...said,
    ];
    return `<rect class="column" x="${number(scale.x(index) - column / 2)}" y="${top}" width="${number(column)}" height="${height - top - bottom}"><title>${escapeHtml(lines.join("\n"))}</title></rect>`;
  }).join("");
}

function legend(series: readonly Series[], line: string | undefined): string {
  const items = series.map(
    ({ name, colour }) => `<li><span class="key c${colour}"></span>${escapeHtml(name)}</li>`,
  );
  if (line !== undefined) items.push(`<li><span class="key dashed"></span>${escapeHtml(line)}</li>`);
  return `<ul class="legend">${items.join("")}</ul>`;
}

function frame(label: string, body: string): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(label)}">${body}</svg>`;
}

/** Lines over the calls, with a dashed line for a limit and marks along the bottom. */
export function lineChart(
  label: string,
  series: readonly Series[],
  options: {
    readonly unit: string;
    readonly limit?: { readonly name: string; readonly value: number };
    readonly marks?: readonly Mark[];
  },
): string {
  const { limit, marks = [], unit } = options;
  const calls = series.reduce((most, row) => Math.max(most, row.values.length), 0);
  const largest = series
    .flatMap((row) => row.values)
    .reduce((most, value) => Math.max(most, value), limit?.value ?? 0);
  const scale = scaleFor(calls, largest);
  const lines = series
    .map((row) => `<path class="line c${row.colour}" d="${stepPath(row.values, scale)}"/>`)
    .toReversed();
  const limitLine =
    limit === undefined
      ? ""
      : `<line class="limit" x1="${left}" x2="${width - right}" y1="${number(scale.y(limit.value))}" y2="${number(scale.y(limit.value))}"/>`;
  const base = height - bottom;
  const ticks = marks
    .map((mark) => `<path class="mark" d="M${number(scale.x(mark.at))} ${base}v-9"/>`)
    .join("");
  const body = axes(scale, unit) + lines.join("") + limitLine + ticks + readOut(series, scale, marks);
  return frame(label, body) + legend(series, limit?.name);
}

/** Areas stacked on each other over the calls, the first at the bottom. */
export function stackChart(label: string, series: readonly Series[], unit: string): string {
  const calls = series.reduce((most, row) => Math.max(most, row.values.length), 0);
  const sums = Array.from({ length: calls }, () => 0);
  const areas: {
    readonly colour: number;
    readonly lower: readonly number[];
    readonly upper: readonly number[];
  }[] = [];
  for (const row of series) {
    const lower = [...sums];
    for (const index of sums.keys()) sums[index] = (sums[index] ?? 0) + (row.values[index] ?? 0);
    areas.push({ colour: row.colour, lower, upper: [...sums] });
  }
  const scale = scaleFor(
    calls,
    sums.reduce((most, value) => Math.max(most, value), 0),
  );
  const half = (scale.x(1) - scale.x(0)) / 2;
  const paths = areas.map(({ colour, lower, upper }) => {
    const back = lower
      .map(
        (value, index) =>
          `L${number(scale.x(index) + half)} ${number(scale.y(value))}H${number(scale.x(index) - half)}`,
      )
      .toReversed();
    return `<path class="area c${colour}" d="${stepPath(upper, scale)}${back.join("")}Z"/>`;
  });
  return (
    frame(label, axes(scale, unit) + paths.join("") + readOut(series, scale, [])) + legend(series, undefined)
  );
}

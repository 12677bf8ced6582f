import { scaleLinear, ticks } from "./d3.ts";

/** Sizes of a chart's drawing, in the units of its view box. */
export const chartWidth = 960;
export const chartLeft = 72;
export const chartRight = 16;
export const chartTop = 24;
export const chartBottom = 42;

/** Grid lines that a vertical axis aims for, and labels that a horizontal one aims for. */
const wantedRows = 4;
const wantedCalls = 8;

/** Maps calls and values to places in a drawing. */
export interface Scale {
  readonly calls: number;
  /** Values that get a grid line; the last one is the top of the drawing. */
  readonly ticks: readonly number[];
  readonly height: number;
  /** Width of one call. */
  readonly column: number;
  /** Middle of a call's column; calls from 0. */
  readonly x: (call: number) => number;
  /** Left edge of a call's column; the edge of call `calls` is the right end of the drawing. */
  readonly edge: (call: number) => number;
  readonly y: (value: number) => number;
}

/** Returns a scale over `calls` columns whose top is the first grid line that is not under `largest`. */
export function makeScale(calls: number, largest: number, height: number): Scale {
  const y = scaleLinear()
    .domain([0, Math.max(1, largest)])
    .nice(wantedRows)
    .range([height - chartBottom, chartTop]);
  const edge = scaleLinear()
    .domain([0, Math.max(1, calls)])
    .range([chartLeft, chartWidth - chartRight]);
  return {
    calls,
    ticks: y.ticks(wantedRows),
    height,
    column: edge(1) - edge(0),
    x: (call) => edge(call + 0.5),
    edge: (call) => edge(call),
    y: (value) => y(value),
  };
}

/** Returns a place in a drawing, to a tenth. */
export function formatPlace(value: number): string {
  return String(Math.round(value * 10) / 10);
}

const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 2 });

/** Returns a tick's label: 2.5K, 1.5M. */
export function formatShortNumber(value: number): string {
  return compact.format(value);
}

/** Returns the calls that get a label, from 0: the first one, and round numbers that keep clear of it. */
export function chooseTickedCalls(calls: number): readonly number[] {
  if (calls === 0) return [];
  const round = ticks(0, calls, wantedCalls).filter((call) => Number.isInteger(call) && call > 1);
  return [0, ...round.map((call) => call - 1)];
}

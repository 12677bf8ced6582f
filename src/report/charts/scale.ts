/** Sizes of a chart's drawing, in the units of its view box. */
export const chartWidth = 960;
export const chartLeft = 72;
export const chartRight = 16;
export const chartTop = 24;
export const chartBottom = 42;

/** From calls and values to places in a drawing. */
export interface Scale {
  readonly calls: number;
  /** Value at the top of the drawing. */
  readonly most: number;
  /** Distance of the grid's lines, in values. */
  readonly step: number;
  readonly height: number;
  /** Width of one call. */
  readonly column: number;
  /** Middle of a call's column; calls from 0. */
  readonly x: (call: number) => number;
  readonly y: (value: number) => number;
}

/** A round step: 1, 2, 2.5 or 5 times a power of ten, so that about `count` of them make `most`. */
export function roundStep(most: number, count: number): number {
  const rough = Math.max(1, most) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 2.5, 5, 10].find((step) => step * power >= rough) ?? 10) * power;
}

/** A scale over `calls` columns whose top is the first grid line that is not under `largest`. */
export function makeScale(calls: number, largest: number, height: number): Scale {
  const step = roundStep(largest, 4);
  const most = Math.max(step, Math.ceil(largest / step) * step);
  const column = (chartWidth - chartLeft - chartRight) / Math.max(1, calls);
  return {
    calls,
    most,
    step,
    height,
    column,
    x: (call) => chartLeft + column * (call + 0.5),
    y: (value) => chartTop + (height - chartTop - chartBottom) * (1 - value / most),
  };
}

/** A place in a drawing, to a tenth. */
export function place(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** A tick's label: 2.5k, 1.5M. */
export function shortNumber(value: number): string {
  if (value >= 1_000_000) return `${Number((value / 1_000_000).toFixed(2))}M`;
  return value >= 1_000 ? `${Number((value / 1_000).toFixed(2))}k` : String(value);
}

/** Calls that get a label, from 0: the first, and round numbers that stand clear of it. */
export function tickedCalls(calls: number): readonly number[] {
  const every = Math.max(1, Math.ceil(roundStep(calls, 8)));
  const ticked = calls === 0 ? [] : [0];
  for (let call = every; call <= calls; call += every) {
    if (call > 1 && (call > every / 2 || every === 1)) ticked.push(call - 1);
  }
  return ticked;
}

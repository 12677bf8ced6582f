import { chartBottom, chartLeft, chartRight, chartTop, chartWidth } from "./scale.ts";

/** From values to places along one side of a drawing. */
export interface Axis {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
  readonly format: (value: number) => string;
  readonly title: string;
}

export interface AxisOptions {
  readonly title: string;
  readonly format: (value: number) => string;
  /** Equal ratios take equal space, for values that differ by factors. */
  readonly logarithmic?: boolean;
  /** Ticks at multiples of powers of two, for bytes. */
  readonly binary?: boolean;
  /** The axis begins at 0. */
  readonly fromZero?: boolean;
  /** Values that get a tick, instead of round ones. */
  readonly ticks?: readonly number[];
}

/** Height of a drawing. */
export const drawingHeight = 320;

const wantedTicks = 5;

/** A round step of any size: 1, 2, 2.5 or 5 times a power of ten. */
export function niceStep(range: number, count: number): number {
  const rough = range / count;
  if (!(rough > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 2.5, 5, 10].find((step) => step * power >= rough * 0.999) ?? 10) * power;
}

function linearTicks(low: number, high: number, binary: boolean): readonly number[] {
  const rough = (high - low) / wantedTicks;
  const step = binary && rough > 0 ? 2 ** Math.ceil(Math.log2(rough)) : niceStep(high - low, wantedTicks);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

function powersBetween(low: number, high: number): readonly number[] {
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log2(low)); power <= Math.ceil(Math.log2(high)); power++)
    ticks.push(2 ** power);
  const every = Math.ceil(ticks.length / 8);
  return ticks.filter((_, index) => index % every === 0);
}

/** An axis over finite values, from one place of a drawing to another. */
export function makeAxis(values: readonly number[], from: number, to: number, options: AxisOptions): Axis {
  const { title, format, logarithmic = false, fromZero = false } = options;
  const finite = values.filter((value) => Number.isFinite(value) && (!logarithmic || value > 0));
  const least = Math.min(...finite, fromZero ? 0 : Infinity);
  const most = Math.max(...finite, fromZero ? 0 : -Infinity);
  const low = Number.isFinite(least) ? least : 0;
  const high = Number.isFinite(most) ? Math.max(most, low) : 1;
  const single = high === low ? Math.max(1e-9, Math.abs(high) * 0.1) : 0;
  const bounds = logarithmic
    ? [low / (single > 0 ? 2 : 1.15), high * (single > 0 ? 2 : 1.15)]
    : [low - (fromZero ? 0 : single), high + single];
  const [a = 0, b = 1] = bounds;
  const round = logarithmic ? powersBetween(a, b) : linearTicks(a, b, options.binary === true);
  const ticks = options.ticks ?? round;
  const inside = logarithmic ? ticks.filter((tick) => tick >= a && tick <= b) : ticks;
  const start = logarithmic || options.ticks !== undefined ? a : Math.min(a, inside[0] ?? a);
  const end = logarithmic || options.ticks !== undefined ? b : Math.max(b, inside.at(-1) ?? b);
  const measure = (value: number): number => (logarithmic ? Math.log(value) : value);
  const span = measure(end) - measure(start) || 1;
  return {
    at: (value) => from + ((measure(value) - measure(start)) / span) * (to - from),
    ticks: inside,
    format,
    title,
  };
}

/** The horizontal axis of a drawing. */
export function makeX(values: readonly number[], options: AxisOptions): Axis {
  return makeAxis(values, chartLeft + 8, chartWidth - chartRight - 24, options);
}

/** The vertical axis of a drawing. */
export function makeY(values: readonly number[], options: AxisOptions): Axis {
  return makeAxis(values, drawingHeight - chartBottom, chartTop + 4, options);
}

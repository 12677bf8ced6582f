import { range, scaleLinear, scaleLog, ticks as roundTicks } from "./d3.ts";
import { chartBottom, chartLeft, chartRight, chartTop, chartWidth } from "./scale.ts";

/** Maps values to places along one side of a drawing. */
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

/** Ticks that an axis aims for. A logarithmic one has a tick at each power of two, thinned out above the second number. */
const wantedTicks = 5;
const maxPowerTicks = 8;
/** Room around the values: a factor on a logarithmic axis, and around a single value a larger one. */
const logarithmicRoom = 1.15;
const singleRoom = 2;
const singleShare = 0.1;

interface Bounds {
  readonly low: number;
  readonly high: number;
}

function findBounds(
  values: readonly number[],
  { logarithmic = false, fromZero = false }: AxisOptions,
): Bounds {
  const finite = values.filter((value) => Number.isFinite(value) && (!logarithmic || value > 0));
  const known = fromZero ? [...finite, 0] : finite;
  const low = known.length === 0 ? 0 : Math.min(...known);
  const high = known.length === 0 ? 1 : Math.max(...known);
  const isSingle = low === high;
  if (logarithmic) {
    const room = isSingle ? singleRoom : logarithmicRoom;
    return { low: low / room, high: high * room };
  }
  const room = isSingle ? Math.max(1e-9, Math.abs(high) * singleShare) : 0;
  return { low: low - (fromZero ? 0 : room), high: high + room };
}

/** Round ticks from the one at or under `low` to the one at or over `high`. */
function makeLinearTicks({ low, high }: Bounds, isBinary: boolean): readonly number[] {
  const rough = (high - low) / wantedTicks;
  if (!isBinary || !(rough > 0)) {
    const [start = low, end = high] = scaleLinear().domain([low, high]).nice(wantedTicks).domain();
    return roundTicks(start, end, wantedTicks);
  }
  // The ticks of d3 are decimal: bytes get multiples of a power of two.
  const step = 2 ** Math.ceil(Math.log2(rough));
  return range(Math.floor(low / step), Math.ceil(high / step) + 1).map((index) => index * step);
}

function listPowers({ low, high }: Bounds): readonly number[] {
  const powers = range(Math.floor(Math.log2(low)), Math.ceil(Math.log2(high)) + 1).map((power) => 2 ** power);
  const every = Math.ceil(powers.length / maxPowerTicks);
  return powers.filter((power, index) => index % every === 0 && power >= low && power <= high);
}

/** Returns an axis over the finite ones of `values`, from one place of a drawing to another. */
export function makeAxis(values: readonly number[], from: number, to: number, options: AxisOptions): Axis {
  const { title, format, logarithmic = false } = options;
  const bounds = findBounds(values, options);
  const round = logarithmic ? listPowers(bounds) : makeLinearTicks(bounds, options.binary === true);
  const ticks = options.ticks ?? round;
  const isOpen = !logarithmic && options.ticks === undefined;
  const low = isOpen ? Math.min(bounds.low, ticks[0] ?? bounds.low) : bounds.low;
  const high = isOpen ? Math.max(bounds.high, ticks.at(-1) ?? bounds.high) : bounds.high;
  const scale = (logarithmic ? scaleLog().base(2) : scaleLinear()).domain([low, high]).range([from, to]);
  return { at: (value) => scale(value), ticks, format, title };
}

/** Returns the horizontal axis of a drawing. */
export function makeX(values: readonly number[], options: AxisOptions): Axis {
  return makeAxis(values, chartLeft + 8, chartWidth - chartRight - 24, options);
}

/** Returns the vertical axis of a drawing. */
export function makeY(values: readonly number[], options: AxisOptions): Axis {
  return makeAxis(values, drawingHeight - chartBottom, chartTop + 4, options);
}

import { paretoFront } from "./pareto.ts";
import type { SweepRow } from "./sweep.ts";

/** Effect of changing one setting and nothing else: means over all pairs of rows that differ in it alone. */
export interface Effect {
  readonly what: "depth" | "batch" | "optimizer";
  readonly from: string;
  readonly to: string;
  /** Bytes after the change as a share of the bytes before; likewise for seconds. */
  readonly bytesShare: number;
  readonly secondsShare: number;
  /** Difference in accuracy, in percentage points. */
  readonly accuracyPoints: number;
  readonly pairs: number;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Computes the effect of going from one value of `what` to another; undefined if no two rows differ in it alone. */
export function effectOf(
  rows: readonly SweepRow[],
  what: Effect["what"],
  from: SweepRow[Effect["what"]],
  to: SweepRow[Effect["what"]],
): Effect | undefined {
  const keys = (["depth", "batch", "optimizer"] as const).filter((key) => key !== what);
  const pairs = rows
    .filter((row) => row[what] === from)
    .flatMap((before) => {
      const after = rows.find((row) => row[what] === to && keys.every((key) => row[key] === before[key]));
      return after === undefined ? [] : [{ before, after }];
    });
  if (pairs.length === 0) return undefined;
  return {
    what,
    from: String(from),
    to: String(to),
    bytesShare: mean(pairs.map(({ before, after }) => after.peakBytes / before.peakBytes)),
    secondsShare: mean(pairs.map(({ before, after }) => after.seconds / before.seconds)),
    accuracyPoints: mean(pairs.map(({ before, after }) => 100 * (after.accuracy - before.accuracy))),
    pairs: pairs.length,
  };
}

function change(share: number, noun: string): string {
  if (Math.abs(share - 1) < 0.005) return `the same ${noun}`;
  if (share >= 2) return `${share.toFixed(1)} times the ${noun}`;
  const points = Math.abs(100 * (share - 1));
  return `${points < 10 ? points.toFixed(1) : points.toFixed(0)} % ${share < 1 ? "less" : "more"} ${noun}`;
}

function describePoints(points: number): string {
  if (Math.abs(points) < 0.05) return "no change in accuracy";
  return `${Math.abs(points).toFixed(2)} points ${points < 0 ? "less" : "more"} accuracy`;
}

function sentence(effect: Effect): string {
  const subject = {
    depth: `Going from ${effect.from} to ${effect.to} hidden ${effect.to === "1" ? "layer" : "layers"}`,
    batch: `Going from batch ${effect.from} to batch ${effect.to}`,
    optimizer: `Going from ${effect.from} to ${effect.to}`,
  }[effect.what];
  const memory = change(effect.bytesShare, "memory");
  const time = change(effect.secondsShare, "time");
  const over = effect.pairs === 1 ? "" : ` (mean of ${effect.pairs} pairs)`;
  return `${subject}: ${memory}, ${time}, ${describePoints(effect.accuracyPoints)}${over}.`;
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}

/** Finds the effects that readers look for first: from deepest to shallowest, largest to smallest batch, and each optimizer. */
export function findEffects(rows: readonly SweepRow[]): readonly Effect[] {
  const depths = distinct(rows.map((row) => row.depth)).toSorted((a, b) => b - a);
  const batches = distinct(rows.map((row) => row.batch)).toSorted((a, b) => b - a);
  const optimizers = distinct(rows.map((row) => row.optimizer));
  const steps = <T extends number>(values: readonly T[]): readonly (readonly [T, T])[] => {
    const pairs = values.slice(1).map((to, index): readonly [T, T] => [values[index] ?? to, to]);
    const [first] = values;
    const last = values.at(-1);
    if (first === undefined || last === undefined || values.length < 3) return pairs;
    return [[first, last], ...pairs];
  };
  const wanted = [
    ...steps(depths).map(([from, to]) => effectOf(rows, "depth", from, to)),
    ...steps(batches).map(([from, to]) => effectOf(rows, "batch", from, to)),
    ...optimizers.slice(1).map((to) => effectOf(rows, "optimizer", optimizers[0] ?? to, to)),
  ];
  return wanted.filter((effect) => effect !== undefined);
}

function describeLightest(rows: readonly SweepRow[]): readonly string[] {
  const best = rows.reduce((max, row) => (row.accuracy > max.accuracy ? row : max));
  const near = paretoFront(rows).find((row) => row.accuracy >= best.accuracy - 0.005);
  if (near === undefined || near === best) return [];
  const name = (row: SweepRow): string => `depth ${row.depth}, batch ${row.batch}, ${row.optimizer}`;
  return [
    `Within half a point of the best accuracy (${(100 * best.accuracy).toFixed(2)} %, ${name(best)}), the lightest is ${name(near)}: ` +
      `${change(near.peakBytes / best.peakBytes, "memory")}, ${change(near.seconds / best.seconds, "time")}.`,
  ];
}

/** Describes what the sweep shows, in sentences whose numbers are all measured. */
export function describeFindings(rows: readonly SweepRow[]): readonly string[] {
  if (rows.length === 0) return [];
  const lines = distinct(rows.map((row) => `${row.depth} ${row.optimizer}`)).map((key) => {
    const row = rows.find((each) => `${each.depth} ${each.optimizer}` === key);
    if (row === undefined) return "";
    const whole = (value: number): string => value.toLocaleString("en-US");
    return `depth ${row.depth}, ${row.optimizer}: ${whole(row.bytesFixed)} + batch × ${whole(row.bytesPerSample)}`;
  });
  return [
    ...findEffects(rows).map(sentence),
    ...describeLightest(rows),
    `Peak bytes are exactly linear in the batch: ${lines.join("; ")}.`,
  ];
}

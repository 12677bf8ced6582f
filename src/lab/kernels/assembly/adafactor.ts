// Adafactor (Shazeer and Stern 2018): keeps the second moment of a matrix as its row and column means. Each step of the rule is
// an operation of its own, because it needs the sums of the step before from all threads.
//
// parameter, gradient: (rows, columns); rowState: (rows); columnState: (columns); sums: (rows, 2), of which the first number is the
// sum of the squared parameters of a row and the second that of its squared, scaled gradients.

const TINY: f32 = 1e-30;

/** Writes the rows `from` to `to`: means of the squared gradient to `rowState`, sums of the squared parameters to `sums`. */
export function adafactorRows(
  rowState: usize,
  sums: usize,
  parameter: usize,
  gradient: usize,
  columns: u32,
  from: u32,
  to: u32,
  beta: f32,
): void {
  for (let row = from; row < to; row++) {
    let squares: f32 = 0;
    let sizes: f32 = 0;
    for (let j: u32 = 0; j < columns; j++) {
      const at: usize = (row * columns + j) << 2;
      const g = f32.load(gradient + at);
      const w = f32.load(parameter + at);
      squares += g * g + TINY;
      sizes += w * w;
    }
    const slot = rowState + (row << 2);
    f32.store(slot, beta * f32.load(slot) + (1 - beta) * (squares / <f32>columns));
    f32.store(sums + (row << 3), sizes);
  }
}

/** Writes the means of the squared gradient to `columnState`, for the columns `from` to `to`. */
export function adafactorColumns(
  columnState: usize,
  gradient: usize,
  rows: u32,
  columns: u32,
  from: u32,
  to: u32,
  beta: f32,
): void {
  for (let j = from; j < to; j++) {
    let squares: f32 = 0;
    for (let row: u32 = 0; row < rows; row++) {
      const g = f32.load(gradient + ((row * columns + j) << 2));
      squares += g * g + TINY;
    }
    const slot = columnState + (j << 2);
    f32.store(slot, beta * f32.load(slot) + (1 - beta) * (squares / <f32>rows));
  }
}

function meanOf(values: usize, count: u32): f32 {
  let total: f32 = 0;
  for (let i: u32 = 0; i < count; i++) total += f32.load(values + (i << 2));
  return total / <f32>count;
}

/** The second moment from its row and its column mean, at least TINY: the product of two tiny means would be 0. */
// @ts-ignore: decorator
@inline
function secondMoment(row: f32, columnState: usize, column: u32): f32 {
  return max<f32>(row * f32.load(columnState + (column << 2)), TINY);
}

/** Writes the sums of the squared, scaled gradients of the rows `from` to `to` to `sums`. */
export function adafactorScales(
  sums: usize,
  rowState: usize,
  columnState: usize,
  gradient: usize,
  rows: u32,
  columns: u32,
  from: u32,
  to: u32,
): void {
  const mean = meanOf(rowState, rows);
  for (let row = from; row < to; row++) {
    const r = f32.load(rowState + (row << 2)) / mean;
    let total: f32 = 0;
    for (let j: u32 = 0; j < columns; j++) {
      const g = f32.load(gradient + ((row * columns + j) << 2));
      total += (g * g) / secondMoment(r, columnState, j);
    }
    f32.store(sums + (row << 3), total, 4);
  }
}

/** w -= rate max(1e-3, rms(w)) u / max(1, rms(u)) with u = g / sqrt(row column / mean row), in the rows `from` to `to`. */
export function adafactorApply(
  parameter: usize,
  sums: usize,
  rowState: usize,
  columnState: usize,
  gradient: usize,
  rows: u32,
  columns: u32,
  from: u32,
  to: u32,
  rate: f32,
): void {
  const mean = meanOf(rowState, rows);
  let sizes: f32 = 0;
  let scales: f32 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    sizes += f32.load(sums + (row << 3));
    scales += f32.load(sums + (row << 3), 4);
  }
  const count = <f32>rows * <f32>columns;
  const step = (rate * max<f32>(1e-3, sqrt<f32>(sizes / count))) / max<f32>(1, sqrt<f32>(scales / count));
  for (let row = from; row < to; row++) {
    const r = f32.load(rowState + (row << 2)) / mean;
    for (let j: u32 = 0; j < columns; j++) {
      const at: usize = (row * columns + j) << 2;
      const u = f32.load(gradient + at) / sqrt<f32>(secondMoment(r, columnState, j));
      f32.store(parameter + at, f32.load(parameter + at) - step * u);
    }
  }
}

/** The same for a vector, whose second moment is kept in full. parameter, state, gradient: (count). */
export function adafactorVector(
  parameter: usize,
  state: usize,
  gradient: usize,
  count: u32,
  beta: f32,
  rate: f32,
): void {
  let sizes: f32 = 0;
  let scales: f32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const at = i << 2;
    const g = f32.load(gradient + at);
    const w = f32.load(parameter + at);
    const v = beta * f32.load(state + at) + (1 - beta) * (g * g + TINY);
    f32.store(state + at, v);
    sizes += w * w;
    scales += (g * g) / v;
  }
  const step =
    (rate * max<f32>(1e-3, sqrt<f32>(sizes / <f32>count))) / max<f32>(1, sqrt<f32>(scales / <f32>count));
  for (let i: u32 = 0; i < count; i++) {
    const at = i << 2;
    const u = f32.load(gradient + at) / sqrt<f32>(f32.load(state + at));
    f32.store(parameter + at, f32.load(parameter + at) - step * u);
  }
}

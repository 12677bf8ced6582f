import { storeLanes } from "./arithmetic";

/**
 * y[row] = table[token] + positions[row within the sample]; a token outside the table counts as token 0.
 * tokens: (rows), table: (vocabulary, width), positions: (length, width) or 0, y: (rows, width).
 */
export function embeddingForward(
  y: usize,
  tokens: usize,
  table: usize,
  positions: usize,
  rows: u32,
  length: u32,
  width: u32,
  vocabulary: u32,
): void {
  for (let i: u32 = 0; i < rows; i++) {
    const token = load<u32>(tokens + (i << 2));
    const from = table + (((token < vocabulary ? token : 0) * width) << 2);
    const place = positions + (((i % length) * width) << 2);
    const to = y + ((i * width) << 2);
    for (let j: u32 = 0; j < width; j += 4) {
      let value = v128.load(from + (j << 2));
      if (positions != 0) value = f32x4.add(value, v128.load(place + (j << 2)));
      storeLanes(to + (j << 2), value, width - j);
    }
  }
}

/**
 * Adds each row of dy to its token's row of the gradient, in order, in the columns `from` to `to`: one thread makes all sums of
 * a column, so they are the same for any number of threads. Without `add`, zeroes the columns first.
 * dy: (rows, width), tokens: (rows), gradient: (vocabulary, width).
 */
export function embeddingGradient(
  gradient: usize,
  dy: usize,
  tokens: usize,
  rows: u32,
  width: u32,
  vocabulary: u32,
  from: u32,
  to: u32,
  add: bool,
): void {
  if (!add) {
    for (let row: u32 = 0; row < vocabulary; row++)
      memory.fill(gradient + ((row * width + from) << 2), 0, (to - from) << 2);
  }
  for (let i: u32 = 0; i < rows; i++) {
    const token = load<u32>(tokens + (i << 2));
    const target = gradient + (((token < vocabulary ? token : 0) * width) << 2);
    for (let j = from; j < to; j += 4) {
      const at = j << 2;
      storeLanes(
        target + at,
        f32x4.add(v128.load(target + at), v128.load(dy + ((i * width) << 2) + at)),
        to - j,
      );
    }
  }
}

/** Sums dy over the samples, in order, in the columns `from` to `to`. dy: (samples, length, width), gradient: (length, width). */
export function positionGradient(
  gradient: usize,
  dy: usize,
  samples: u32,
  length: u32,
  width: u32,
  from: u32,
  to: u32,
  add: bool,
): void {
  for (let row: u32 = 0; row < length; row++) {
    for (let j = from; j < to; j += 4) {
      const at = gradient + ((row * width + j) << 2);
      let total = add ? v128.load(at) : f32x4.splat(0);
      for (let sample: u32 = 0; sample < samples; sample++) {
        total = f32x4.add(total, v128.load(dy + (((sample * length + row) * width + j) << 2)));
      }
      storeLanes(at, total, to - j);
    }
  }
}

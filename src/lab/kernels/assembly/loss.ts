import { exp1, exp4, laneMask, log1, splat, storeLanes, sumLanes } from "./arithmetic";

/** Returns the largest number of a row. */
function rowMaximum(x: usize, width: u32): f32 {
  let best = f32.load(x);
  for (let j: u32 = 1; j < width; j++) best = max(best, f32.load(x + (j << 2)));
  return best;
}

/** y = e^(x - largest) for one row; returns the sum. x, y: (width). */
function rowExponentials(y: usize, x: usize, width: u32, largest: f32): f32 {
  let total = splat(0);
  for (let j: u32 = 0; j < width; j += 4) {
    const e = exp4(f32x4.sub(v128.load(x + (j << 2)), splat(largest)));
    const lanes: i32 = width - j;
    storeLanes(y + (j << 2), e, lanes);
    total = f32x4.add(total, v128.and(e, laneMask(min<i32>(lanes, 4))));
  }
  return sumLanes(total);
}

function scaleRow(y: usize, width: u32, factor: f32): void {
  for (let j: u32 = 0; j < width; j += 4) {
    storeLanes(y + (j << 2), f32x4.mul(v128.load(y + (j << 2)), splat(factor)), width - j);
  }
}

/** y = softmax(x), row by row. x, y: (rows, width); y may be x. */
export function softmaxForward(y: usize, x: usize, rows: u32, width: u32): void {
  for (let i: u32 = 0; i < rows; i++) {
    const at = (i * width) << 2;
    const total = rowExponentials(y + at, x + at, width, rowMaximum(x + at, width));
    scaleRow(y + at, width, 1 / total);
  }
}

/** dx = y (dy - sum(y dy)), row by row. dx, dy, y: (rows, width); dx may be dy. */
export function softmaxBackward(dx: usize, dy: usize, y: usize, rows: u32, width: u32): void {
  for (let i: u32 = 0; i < rows; i++) {
    const at: usize = (i * width) << 2;
    let total: f32 = 0;
    for (let j: usize = 0; j < width; j++)
      total += f32.load(dy + at + (j << 2)) * f32.load(y + at + (j << 2));
    for (let j: u32 = 0; j < width; j += 4) {
      const here = at + (j << 2);
      const d = f32x4.mul(v128.load(y + here), f32x4.sub(v128.load(dy + here), splat(total)));
      storeLanes(dx + here, d, width - j);
    }
  }
}

/** Returns the index of the first largest number of a row. */
function largestAt(x: usize, width: u32): u32 {
  let best: u32 = 0;
  for (let j: u32 = 1; j < width; j++) if (f32.load(x + (j << 2)) > f32.load(x + (best << 2))) best = j;
  return best;
}

/**
 * Softmax and sparse categorical cross-entropy in one: adds up losses and right answers over the rows of each sample, and writes
 * dx = (softmax(x) - one hot label) * scale unless dx is 0. A label below 0 is ignored: no loss, gradient 0.
 * x, dx: (samples, rows, width); labels: (samples, rows); loss, right: (samples).
 */
export function crossEntropy(
  loss: usize,
  right: usize,
  dx: usize,
  x: usize,
  labels: usize,
  samples: u32,
  rows: u32,
  width: u32,
  scale: f32,
): void {
  for (let sample: u32 = 0; sample < samples; sample++) {
    let total: f32 = 0;
    let hits: f32 = 0;
    for (let row = sample * rows; row < (sample + 1) * rows; row++) {
      const from = x + ((row * width) << 2);
      const to = dx + ((row * width) << 2);
      const label = i32.load(labels + (row << 2));
      if (label < 0 || <u32>label >= width) {
        if (dx != 0) memory.fill(to, 0, width << 2);
        continue;
      }
      const largest = rowMaximum(from, width);
      const logit = f32.load(from + (label << 2));
      if (largestAt(from, width) == <u32>label) hits++;
      let sum: f32 = 0;
      if (dx != 0) {
        sum = rowExponentials(to, from, width, largest);
        scaleRow(to, width, scale / sum);
        f32.store(to + (label << 2), f32.load(to + (label << 2)) - scale);
      } else {
        for (let j: u32 = 0; j < width; j++) sum += exp1(f32.load(from + (j << 2)) - largest);
      }
      total += log1(sum) + largest - logit;
    }
    f32.store(loss + (sample << 2), total);
    f32.store(right + (sample << 2), hits);
  }
}

/** Sigmoid and binary cross-entropy in one, as the mean over the outputs. x, dx, targets: (samples, width); loss, right: (samples). */
export function binaryCrossEntropy(
  loss: usize,
  right: usize,
  dx: usize,
  x: usize,
  targets: usize,
  samples: u32,
  width: u32,
  scale: f32,
): void {
  const each = scale / <f32>width;
  for (let sample: u32 = 0; sample < samples; sample++) {
    let total: f32 = 0;
    let hits: f32 = 0;
    for (let i = sample * width; i < (sample + 1) * width; i++) {
      const z = f32.load(x + (i << 2));
      const t = f32.load(targets + (i << 2));
      const e = exp1(-abs(z));
      // log(1 + e^-|z|) by its series where 1 + e would lose e.
      total += max<f32>(z, 0) - z * t + (e < 1e-4 ? e - e * e * 0.5 : log1(1 + e));
      if (z > 0 == t > 0.5) hits++;
      const p: f32 = z >= 0 ? 1 / (<f32>1 + e) : e / (<f32>1 + e);
      if (dx != 0) f32.store(dx + (i << 2), (p - t) * each);
    }
    f32.store(loss + (sample << 2), total / <f32>width);
    f32.store(right + (sample << 2), hits / <f32>width);
  }
}

/** loss = mean((y - t)^2), dx = 2 (y - t) / width * scale. y, dx, targets: (samples, width); loss: (samples). */
export function meanSquaredError(
  loss: usize,
  dx: usize,
  y: usize,
  targets: usize,
  samples: u32,
  width: u32,
  scale: f32,
): void {
  const each: f32 = (<f32>2 * scale) / <f32>width;
  for (let sample: u32 = 0; sample < samples; sample++) {
    let total = splat(0);
    const at: usize = (sample * width) << 2;
    for (let j: u32 = 0; j < width; j += 4) {
      const here = at + (j << 2);
      const lanes: i32 = min<u32>(width - j, 4);
      const d = f32x4.sub(v128.load(y + here), v128.load(targets + here));
      total = f32x4.add(total, v128.and(f32x4.mul(d, d), laneMask(lanes)));
      if (dx != 0) storeLanes(dx + here, f32x4.mul(d, splat(each)), lanes);
    }
    f32.store(loss + (sample << 2), sumLanes(total) / <f32>width);
  }
}

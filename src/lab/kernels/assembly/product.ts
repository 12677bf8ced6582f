import { madd, splat } from "./arithmetic";
import { finishRow, isPlain } from "./epilogue";

// Products of row-major matrices, in blocks of 6 x 8 that stay in registers: 12 sums, 2 parts of a row of b and 1 number of a
// take 15 of the 16 vector registers. With more, values are spilled and the rate halves. All strides are in bytes.

// Unrolled blocks, written by test/kernels/register-blocks.ts (npm run kernels).

/** c = a b. a: (6, steps), b: (steps, 8), c: (6, 8), of which `columns` are stored. */
function block6(
  a: usize,
  rowStride: usize,
  stepStride: usize,
  b: usize,
  bStride: usize,
  c: usize,
  cStride: usize,
  steps: u32,
  bias: usize,
  columns: i32,
): void {
  let low0 = splat(0);
  let high0 = splat(0);
  let low1 = splat(0);
  let high1 = splat(0);
  let low2 = splat(0);
  let high2 = splat(0);
  let low3 = splat(0);
  let high3 = splat(0);
  let low4 = splat(0);
  let high4 = splat(0);
  let low5 = splat(0);
  let high5 = splat(0);
  const row2 = rowStride * 2;
  const row3 = rowStride * 3;
  const row4 = rowStride * 4;
  const row5 = rowStride * 5;
  for (let step: u32 = 0; step < steps; step++) {
    const left = v128.load(b);
    const right = v128.load(b, 16);
    const x0 = v128.load32_splat(a);
    low0 = madd(x0, left, low0);
    high0 = madd(x0, right, high0);
    const x1 = v128.load32_splat(a + rowStride);
    low1 = madd(x1, left, low1);
    high1 = madd(x1, right, high1);
    const x2 = v128.load32_splat(a + row2);
    low2 = madd(x2, left, low2);
    high2 = madd(x2, right, high2);
    const x3 = v128.load32_splat(a + row3);
    low3 = madd(x3, left, low3);
    high3 = madd(x3, right, high3);
    const x4 = v128.load32_splat(a + row4);
    low4 = madd(x4, left, low4);
    high4 = madd(x4, right, high4);
    const x5 = v128.load32_splat(a + row5);
    low5 = madd(x5, left, low5);
    high5 = madd(x5, right, high5);
    a += stepStride;
    b += bStride;
  }
  if (isPlain() && columns >= 8) {
    v128.store(c, low0);
    v128.store(c, high0, 16);
    c += cStride;
    v128.store(c, low1);
    v128.store(c, high1, 16);
    c += cStride;
    v128.store(c, low2);
    v128.store(c, high2, 16);
    c += cStride;
    v128.store(c, low3);
    v128.store(c, high3, 16);
    c += cStride;
    v128.store(c, low4);
    v128.store(c, high4, 16);
    c += cStride;
    v128.store(c, low5);
    v128.store(c, high5, 16);
    return;
  }
  finishRow(low0, high0, c, bias, columns);
  c += cStride;
  finishRow(low1, high1, c, bias, columns);
  c += cStride;
  finishRow(low2, high2, c, bias, columns);
  c += cStride;
  finishRow(low3, high3, c, bias, columns);
  c += cStride;
  finishRow(low4, high4, c, bias, columns);
  c += cStride;
  finishRow(low5, high5, c, bias, columns);
}

/** c = a b. a: (4, steps), b: (steps, 8), c: (4, 8), of which `columns` are stored. */
function block4(
  a: usize,
  rowStride: usize,
  stepStride: usize,
  b: usize,
  bStride: usize,
  c: usize,
  cStride: usize,
  steps: u32,
  bias: usize,
  columns: i32,
): void {
  let low0 = splat(0);
  let high0 = splat(0);
  let low1 = splat(0);
  let high1 = splat(0);
  let low2 = splat(0);
  let high2 = splat(0);
  let low3 = splat(0);
  let high3 = splat(0);
  const row2 = rowStride * 2;
  const row3 = rowStride * 3;
  for (let step: u32 = 0; step < steps; step++) {
    const left = v128.load(b);
    const right = v128.load(b, 16);
    const x0 = v128.load32_splat(a);
    low0 = madd(x0, left, low0);
    high0 = madd(x0, right, high0);
    const x1 = v128.load32_splat(a + rowStride);
    low1 = madd(x1, left, low1);
    high1 = madd(x1, right, high1);
    const x2 = v128.load32_splat(a + row2);
    low2 = madd(x2, left, low2);
    high2 = madd(x2, right, high2);
    const x3 = v128.load32_splat(a + row3);
    low3 = madd(x3, left, low3);
    high3 = madd(x3, right, high3);
    a += stepStride;
    b += bStride;
  }
  if (isPlain() && columns >= 8) {
    v128.store(c, low0);
    v128.store(c, high0, 16);
    c += cStride;
    v128.store(c, low1);
    v128.store(c, high1, 16);
    c += cStride;
    v128.store(c, low2);
    v128.store(c, high2, 16);
    c += cStride;
    v128.store(c, low3);
    v128.store(c, high3, 16);
    return;
  }
  finishRow(low0, high0, c, bias, columns);
  c += cStride;
  finishRow(low1, high1, c, bias, columns);
  c += cStride;
  finishRow(low2, high2, c, bias, columns);
  c += cStride;
  finishRow(low3, high3, c, bias, columns);
}

/** c = a b. a: (2, steps), b: (steps, 8), c: (2, 8), of which `columns` are stored. */
function block2(
  a: usize,
  rowStride: usize,
  stepStride: usize,
  b: usize,
  bStride: usize,
  c: usize,
  cStride: usize,
  steps: u32,
  bias: usize,
  columns: i32,
): void {
  let low0 = splat(0);
  let high0 = splat(0);
  let low1 = splat(0);
  let high1 = splat(0);
  for (let step: u32 = 0; step < steps; step++) {
    const left = v128.load(b);
    const right = v128.load(b, 16);
    const x0 = v128.load32_splat(a);
    low0 = madd(x0, left, low0);
    high0 = madd(x0, right, high0);
    const x1 = v128.load32_splat(a + rowStride);
    low1 = madd(x1, left, low1);
    high1 = madd(x1, right, high1);
    a += stepStride;
    b += bStride;
  }
  if (isPlain() && columns >= 8) {
    v128.store(c, low0);
    v128.store(c, high0, 16);
    c += cStride;
    v128.store(c, low1);
    v128.store(c, high1, 16);
    return;
  }
  finishRow(low0, high0, c, bias, columns);
  c += cStride;
  finishRow(low1, high1, c, bias, columns);
}

/** c = a b. a: (1, steps), b: (steps, 8), c: (1, 8), of which `columns` are stored. */
function block1(
  a: usize,
  rowStride: usize,
  stepStride: usize,
  b: usize,
  bStride: usize,
  c: usize,
  cStride: usize,
  steps: u32,
  bias: usize,
  columns: i32,
): void {
  let low0 = splat(0);
  let high0 = splat(0);
  for (let step: u32 = 0; step < steps; step++) {
    const left = v128.load(b);
    const right = v128.load(b, 16);
    const x0 = v128.load32_splat(a);
    low0 = madd(x0, left, low0);
    high0 = madd(x0, right, high0);
    a += stepStride;
    b += bStride;
  }
  if (isPlain() && columns >= 8) {
    v128.store(c, low0);
    v128.store(c, high0, 16);
    return;
  }
  finishRow(low0, high0, c, bias, columns);
}

// End of the unrolled blocks.

/** Bytes of `a` that are multiplied with all columns before the next rows are read: they stay in the second cache. */
const CHUNK: u32 = 131072;

/**
 * c = a b, with the epilogue that is set. `a` may be read along either dimension, so the same code multiplies a transposed matrix
 * without a copy. a: (rows, steps), b: (steps, columns), bias: (columns) or 0, c: (rows, columns).
 */
export function product(
  rows: u32,
  columns: u32,
  steps: u32,
  a: usize,
  rowStride: usize,
  stepStride: usize,
  b: usize,
  bStride: usize,
  c: usize,
  cStride: usize,
  bias: usize,
): void {
  // A multiple of 6 and of 4, so that the blocks of a chunk are whole.
  const chunk = max<u32>(CHUNK / max<u32>(steps << 2, 1) / 12, 2) * 12;
  for (let first: u32 = 0; first < rows; first += chunk) {
    const size = min<u32>(chunk, rows - first);
    const from = a + rowStride * first;
    for (let j: u32 = 0; j < columns; j += 8) {
      const at = j << 2;
      const biases: usize = bias != 0 ? bias + at : 0;
      const to = c + cStride * first + at;
      panel(size, from, rowStride, stepStride, b + at, bStride, to, cStride, steps, biases, columns - j);
    }
  }
}

/** Computes eight columns of a product, or the first `columns` of them. b: (steps, 8), to: (rows, 8). */
function panel(
  rows: u32,
  from: usize,
  rowStride: usize,
  stepStride: usize,
  b: usize,
  bStride: usize,
  to: usize,
  cStride: usize,
  steps: u32,
  bias: usize,
  columns: i32,
): void {
  let left = rows;
  while (left > 0) {
    // 8 rows are two blocks of 4, which is faster than 6 and 2.
    if (left >= 6 && left != 8) {
      block6(from, rowStride, stepStride, b, bStride, to, cStride, steps, bias, columns);
      from += rowStride * 6;
      to += cStride * 6;
      left -= 6;
    } else if (left >= 4) {
      block4(from, rowStride, stepStride, b, bStride, to, cStride, steps, bias, columns);
      from += rowStride * 4;
      to += cStride * 4;
      left -= 4;
    } else if (left >= 2) {
      block2(from, rowStride, stepStride, b, bStride, to, cStride, steps, bias, columns);
      from += rowStride * 2;
      to += cStride * 2;
      left -= 2;
    } else {
      block1(from, rowStride, stepStride, b, bStride, to, cStride, steps, bias, columns);
      left = 0;
    }
  }
}

import { laneMask, madd, splat } from "./arithmetic";
import { finish } from "./epilogue";

// Products of a and the transpose of b: both are read along their rows, so each lane keeps a sum, and lanes are added up once at the end of
// a block. Blocks of 2 x 4: 8 sums, 2 parts of a and 1 of b; 3 x 4 would spill and be a quarter slower.

/** Adds the lanes of each of four vectors; returns the four sums as one vector. */
// @ts-ignore: decorator
@inline
function sumFour(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

// Unrolled blocks, written by test/kernels/register-blocks.ts (npm run kernels).

/** c = a b^T. a: (2, steps), b0 to b3: (steps), c: (2, 4), of which `columns` are stored. */
function block2(
  a: usize,
  aStride: usize,
  b0: usize,
  b1: usize,
  b2: usize,
  b3: usize,
  c: usize,
  cStride: usize,
  steps: u32,
  columns: i32,
): void {
  let s00 = splat(0);
  let s01 = splat(0);
  let s02 = splat(0);
  let s03 = splat(0);
  let s10 = splat(0);
  let s11 = splat(0);
  let s12 = splat(0);
  let s13 = splat(0);
  const a1 = a + aStride;
  const whole = steps & ~3;
  const end = whole << 2;
  let at: usize = 0;
  for (; at < end; at += 16) {
    const x0 = v128.load(a + at);
    const x1 = v128.load(a1 + at);
    const y0 = v128.load(b0 + at);
    s00 = madd(x0, y0, s00);
    s10 = madd(x1, y0, s10);
    const y1 = v128.load(b1 + at);
    s01 = madd(x0, y1, s01);
    s11 = madd(x1, y1, s11);
    const y2 = v128.load(b2 + at);
    s02 = madd(x0, y2, s02);
    s12 = madd(x1, y2, s12);
    const y3 = v128.load(b3 + at);
    s03 = madd(x0, y3, s03);
    s13 = madd(x1, y3, s13);
  }
  if (whole != steps) {
    // Zeroes the lanes past the end on both sides: the bytes there may be anything, even NaN.
    const mask = laneMask(steps - whole);
    const x0 = v128.and(mask, v128.load(a + at));
    const x1 = v128.and(mask, v128.load(a1 + at));
    const y0 = v128.and(mask, v128.load(b0 + at));
    s00 = madd(x0, y0, s00);
    s10 = madd(x1, y0, s10);
    const y1 = v128.and(mask, v128.load(b1 + at));
    s01 = madd(x0, y1, s01);
    s11 = madd(x1, y1, s11);
    const y2 = v128.and(mask, v128.load(b2 + at));
    s02 = madd(x0, y2, s02);
    s12 = madd(x1, y2, s12);
    const y3 = v128.and(mask, v128.load(b3 + at));
    s03 = madd(x0, y3, s03);
    s13 = madd(x1, y3, s13);
  }
  finish(sumFour(s00, s01, s02, s03), c, 0, columns);
  finish(sumFour(s10, s11, s12, s13), c + cStride, 0, columns);
}

/** c = a b^T. a: (1, steps), b0 to b3: (steps), c: (1, 4), of which `columns` are stored. */
function block1(
  a: usize,
  aStride: usize,
  b0: usize,
  b1: usize,
  b2: usize,
  b3: usize,
  c: usize,
  cStride: usize,
  steps: u32,
  columns: i32,
): void {
  let s00 = splat(0);
  let s01 = splat(0);
  let s02 = splat(0);
  let s03 = splat(0);
  const whole = steps & ~3;
  const end = whole << 2;
  let at: usize = 0;
  for (; at < end; at += 16) {
    const x0 = v128.load(a + at);
    const y0 = v128.load(b0 + at);
    s00 = madd(x0, y0, s00);
    const y1 = v128.load(b1 + at);
    s01 = madd(x0, y1, s01);
    const y2 = v128.load(b2 + at);
    s02 = madd(x0, y2, s02);
    const y3 = v128.load(b3 + at);
    s03 = madd(x0, y3, s03);
  }
  if (whole != steps) {
    // Zeroes the lanes past the end on both sides: the bytes there may be anything, even NaN.
    const mask = laneMask(steps - whole);
    const x0 = v128.and(mask, v128.load(a + at));
    const y0 = v128.and(mask, v128.load(b0 + at));
    s00 = madd(x0, y0, s00);
    const y1 = v128.and(mask, v128.load(b1 + at));
    s01 = madd(x0, y1, s01);
    const y2 = v128.and(mask, v128.load(b2 + at));
    s02 = madd(x0, y2, s02);
    const y3 = v128.and(mask, v128.load(b3 + at));
    s03 = madd(x0, y3, s03);
  }
  finish(sumFour(s00, s01, s02, s03), c, 0, columns);
}

// End of the unrolled blocks.

/** Bytes of `a` that are multiplied with all columns before the next rows are read: they stay in the second cache. */
const CHUNK: u32 = 131072;

/** c = a b^T, with the epilogue that is set. a: (rows, steps), b: (columns, steps), c: (rows, columns). */
export function productTransposed(
  rows: u32,
  columns: u32,
  steps: u32,
  a: usize,
  aStride: usize,
  b: usize,
  bStride: usize,
  c: usize,
  cStride: usize,
): void {
  const chunk = max<u32>(CHUNK / max<u32>(steps << 2, 1) / 2, 6) * 2;
  for (let first: u32 = 0; first < rows; first += chunk) {
    const size = min<u32>(chunk, rows - first);
    panels(size, columns, steps, a + aStride * first, aStride, b, bStride, c + cStride * first, cStride);
  }
}

/** Computes a chunk of rows of the product. Shapes as above. */
function panels(
  rows: u32,
  columns: u32,
  steps: u32,
  a: usize,
  aStride: usize,
  b: usize,
  bStride: usize,
  c: usize,
  cStride: usize,
): void {
  for (let j: u32 = 0; j < columns; j += 4) {
    const width = columns - j;
    // Past the last row of b the last row is read again; its sums are not stored.
    const last = min<u32>(width, 4) - 1;
    const b0 = b + bStride * j;
    const b1 = b0 + bStride * min<u32>(1, last);
    const b2 = b0 + bStride * min<u32>(2, last);
    const b3 = b0 + bStride * last;
    let from = a;
    let to = c + (j << 2);
    let left = rows;
    for (; left >= 2; left -= 2) {
      block2(from, aStride, b0, b1, b2, b3, to, cStride, steps, width);
      from += aStride * 2;
      to += cStride * 2;
    }
    if (left > 0) block1(from, aStride, b0, b1, b2, b3, to, cStride, steps, width);
  }
}

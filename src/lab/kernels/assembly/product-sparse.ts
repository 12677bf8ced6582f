import { madd, splat } from "./arithmetic";
import { finishRow, isPlain } from "./epilogue";
import { product } from "./product";

// Products whose left side is mostly zeros, such as pictures on a dark background. For each block of rows, the steps at which
// any row is not zero are listed once, and only those are multiplied. The sums are the same to the bit: skipped steps add 0.

// Unrolled blocks, written by test/kernels/register-blocks.ts (npm run kernels).

/** Lists the steps, as byte offsets in a and in b, at which any of 6 rows is not zero; returns their number. */
function list6(list: usize, a: usize, rowStride: usize, stepStride: usize, bStride: usize, steps: u32): u32 {
  let count: u32 = 0;
  let atA: usize = 0;
  let atB: usize = 0;
  for (let step: u32 = 0; step < steps; step++) {
    const any =
      load<u32>(a + atA) |
      load<u32>(a + atA + rowStride) |
      load<u32>(a + atA + rowStride * 2) |
      load<u32>(a + atA + rowStride * 3) |
      load<u32>(a + atA + rowStride * 4) |
      load<u32>(a + atA + rowStride * 5);
    // Always written; only the count decides whether it is kept, so there is no branch.
    store<u32>(list + (count << 3), <u32>atA);
    store<u32>(list + (count << 3), <u32>atB, 4);
    // Shifts the sign out, so that -0 is a zero.
    count += <u32>((any << 1) != 0);
    atA += stepStride;
    atB += bStride;
  }
  return count;
}

/** c = a b over the `count` listed steps. a: (6, steps), b: (steps, 8), c: (6, 8), of which `columns` are stored. */
function block6(
  list: usize,
  count: u32,
  a: usize,
  rowStride: usize,
  b: usize,
  c: usize,
  cStride: usize,
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
  const end = list + (count << 3);
  for (let entry = list; entry < end; entry += 8) {
    const from = a + load<u32>(entry);
    const place = b + load<u32>(entry, 4);
    const left = v128.load(place);
    const right = v128.load(place, 16);
    const x0 = v128.load32_splat(from);
    low0 = madd(x0, left, low0);
    high0 = madd(x0, right, high0);
    const x1 = v128.load32_splat(from + rowStride);
    low1 = madd(x1, left, low1);
    high1 = madd(x1, right, high1);
    const x2 = v128.load32_splat(from + row2);
    low2 = madd(x2, left, low2);
    high2 = madd(x2, right, high2);
    const x3 = v128.load32_splat(from + row3);
    low3 = madd(x3, left, low3);
    high3 = madd(x3, right, high3);
    const x4 = v128.load32_splat(from + row4);
    low4 = madd(x4, left, low4);
    high4 = madd(x4, right, high4);
    const x5 = v128.load32_splat(from + row5);
    low5 = madd(x5, left, low5);
    high5 = madd(x5, right, high5);
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

/** Lists the steps, as byte offsets in a and in b, at which any of 4 rows is not zero; returns their number. */
function list4(list: usize, a: usize, rowStride: usize, stepStride: usize, bStride: usize, steps: u32): u32 {
  let count: u32 = 0;
  let atA: usize = 0;
  let atB: usize = 0;
  for (let step: u32 = 0; step < steps; step++) {
    const any =
      load<u32>(a + atA) |
      load<u32>(a + atA + rowStride) |
      load<u32>(a + atA + rowStride * 2) |
      load<u32>(a + atA + rowStride * 3);
    // Always written; only the count decides whether it is kept, so there is no branch.
    store<u32>(list + (count << 3), <u32>atA);
    store<u32>(list + (count << 3), <u32>atB, 4);
    // Shifts the sign out, so that -0 is a zero.
    count += <u32>((any << 1) != 0);
    atA += stepStride;
    atB += bStride;
  }
  return count;
}

/** c = a b over the `count` listed steps. a: (4, steps), b: (steps, 8), c: (4, 8), of which `columns` are stored. */
function block4(
  list: usize,
  count: u32,
  a: usize,
  rowStride: usize,
  b: usize,
  c: usize,
  cStride: usize,
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
  const end = list + (count << 3);
  for (let entry = list; entry < end; entry += 8) {
    const from = a + load<u32>(entry);
    const place = b + load<u32>(entry, 4);
    const left = v128.load(place);
    const right = v128.load(place, 16);
    const x0 = v128.load32_splat(from);
    low0 = madd(x0, left, low0);
    high0 = madd(x0, right, high0);
    const x1 = v128.load32_splat(from + rowStride);
    low1 = madd(x1, left, low1);
    high1 = madd(x1, right, high1);
    const x2 = v128.load32_splat(from + row2);
    low2 = madd(x2, left, low2);
    high2 = madd(x2, right, high2);
    const x3 = v128.load32_splat(from + row3);
    low3 = madd(x3, left, low3);
    high3 = madd(x3, right, high3);
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

// End of the unrolled blocks.

/**
 * c = a b as in `product`, for an `a` that is mostly zeros.
 * a: (rows, steps), b: (steps, columns), bias: (columns) or 0, c: (rows, columns), list: (steps, 2) integers.
 */
export function productSkippingZeros(
  list: usize,
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
  let left = rows;
  while (left >= 4) {
    const size: u32 = left >= 6 && left != 8 ? 6 : 4;
    const count =
      size == 6
        ? list6(list, a, rowStride, stepStride, bStride, steps)
        : list4(list, a, rowStride, stepStride, bStride, steps);
    if (count * 8 > steps * 7) {
      // With hardly anything to skip the plain blocks are faster.
      product(size, columns, steps, a, rowStride, stepStride, b, bStride, c, cStride, bias);
    } else {
      for (let j: u32 = 0; j < columns; j += 8) {
        const at = j << 2;
        const biases: usize = bias != 0 ? bias + at : 0;
        if (size == 6) block6(list, count, a, rowStride, b + at, c + at, cStride, biases, columns - j);
        else block4(list, count, a, rowStride, b + at, c + at, cStride, biases, columns - j);
      }
    }
    a += rowStride * size;
    c += cStride * size;
    left -= size;
  }
  if (left > 0) product(left, columns, steps, a, rowStride, stepStride, b, bStride, c, cStride, bias);
}

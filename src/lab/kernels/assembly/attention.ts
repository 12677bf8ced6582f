import { exp4, laneMask, splat, storeLanes, sumLanes } from "./arithmetic";
import { ADD, setEpilogue, STORE } from "./epilogue";
import { product } from "./product";
import { productTransposed } from "./product-transposed";

// Scaled dot-product attention. A row of `packed` is [query, key, value], each of `width` = heads * size numbers. Scores exist for
// one block of rows at a time and the backward pass computes them again, so nothing that grows with length squared is kept.
//
// packed, dPacked: (samples, length, 3, heads, size); y, dy: (samples, length, heads, size); tokens: (samples, length) or 0 where
// nothing is padding.

/** Rows of scores computed at a time; ../operation.ts plans the scratch for them. */
const BLOCK: u32 = 32;

/**
 * scores = softmax(q k^T / sqrt(size)) for `rows` rows from `first`; keys after a row (causal) and keys of token 0 get 0.
 * scores: (rows, columns), q: (rows, size) and k: (columns, size) with `stride` bytes from row to row.
 */
function probabilities(
  scores: usize,
  q: usize,
  k: usize,
  tokens: usize,
  first: u32,
  rows: u32,
  columns: u32,
  size: u32,
  stride: usize,
  causal: bool,
): void {
  const line: usize = columns << 2;
  setEpilogue(STORE, 0, 0, false);
  productTransposed(rows, columns, size, q, stride, k, stride, scores, line);
  const scale: f32 = 1 / sqrt<f32>(<f32>size);
  for (let i: u32 = 0; i < rows; i++) {
    const row = scores + line * i;
    const end = causal ? first + i + 1 : columns;
    if (tokens != 0) {
      for (let j: u32 = 0; j < end; j++)
        if (load<u32>(tokens + (j << 2)) == 0) f32.store(row + (j << 2), -1e30);
    }
    let largest: f32 = f32.load(row);
    for (let j: u32 = 1; j < end; j++) largest = max(largest, f32.load(row + (j << 2)));
    let total = splat(0);
    for (let j: u32 = 0; j < end; j += 4) {
      const e = exp4(f32x4.mul(f32x4.sub(v128.load(row + (j << 2)), splat(largest)), splat(scale)));
      const kept = v128.and(e, laneMask(min<u32>(end - j, 4)));
      storeLanes(row + (j << 2), kept, columns - j);
      total = f32x4.add(total, kept);
    }
    const factor = splat(1 / sumLanes(total));
    for (let j: u32 = 0; j < end; j += 4) {
      storeLanes(row + (j << 2), f32x4.mul(v128.load(row + (j << 2)), factor), columns - j);
    }
    const written = (end + 3) & ~3;
    if (written < columns) memory.fill(row + (written << 2), 0, (columns - written) << 2);
  }
}

/** y = softmax(q k^T / sqrt(size)) v for each sample and head. scratch: (BLOCK, length). */
export function attentionForward(
  y: usize,
  packed: usize,
  tokens: usize,
  scratch: usize,
  samples: u32,
  length: u32,
  width: u32,
  heads: u32,
  causal: bool,
): void {
  const size = width / heads;
  const stride: usize = (width * 3) << 2;
  for (let sample: u32 = 0; sample < samples; sample++) {
    const ids: usize = tokens == 0 ? 0 : tokens + ((sample * length) << 2);
    for (let head: u32 = 0; head < heads; head++) {
      const q = packed + stride * sample * length + ((head * size) << 2);
      const k = q + (width << 2);
      const v = k + (width << 2);
      for (let first: u32 = 0; first < length; first += BLOCK) {
        const rows = min<u32>(BLOCK, length - first);
        const columns = causal ? first + rows : length;
        probabilities(scratch, q + stride * first, k, ids, first, rows, columns, size, stride, causal);
        const to = y + (((sample * length + first) * width + head * size) << 2);
        setEpilogue(STORE, 0, 0, false);
        product(rows, size, columns, scratch, columns << 2, 4, v, stride, to, width << 2, 0);
      }
    }
  }
}

/** d = p (d - sum(p d)) * scale, row by row and in place. d, p: (rows, columns). */
function scoreGradients(d: usize, p: usize, rows: u32, columns: u32, scale: f32): void {
  for (let i: u32 = 0; i < rows; i++) {
    const at: usize = (i * columns) << 2;
    let total = splat(0);
    for (let j: u32 = 0; j < columns; j += 4) {
      const each = f32x4.mul(v128.load(d + at + (j << 2)), v128.load(p + at + (j << 2)));
      total = f32x4.add(total, v128.and(each, laneMask(min<u32>(columns - j, 4))));
    }
    const mean = splat(sumLanes(total));
    for (let j: u32 = 0; j < columns; j += 4) {
      const here = at + (j << 2);
      const value = f32x4.mul(v128.load(p + here), f32x4.sub(v128.load(d + here), mean));
      storeLanes(d + here, f32x4.mul(value, splat(scale)), columns - j);
    }
  }
}

/** Writes the gradient of the packed queries, keys and values. scratch: (2, BLOCK, length). */
export function attentionBackward(
  dPacked: usize,
  dy: usize,
  packed: usize,
  tokens: usize,
  scratch: usize,
  samples: u32,
  length: u32,
  width: u32,
  heads: u32,
  causal: bool,
): void {
  const size = width / heads;
  const stride: usize = (width * 3) << 2;
  const scale: f32 = 1 / sqrt<f32>(<f32>size);
  const other = scratch + ((BLOCK * length) << 2);
  const toKey: usize = width << 2;
  const toValue: usize = width << 3;
  memory.fill(dPacked, 0, stride * samples * length);
  for (let sample: u32 = 0; sample < samples; sample++) {
    const ids: usize = tokens == 0 ? 0 : tokens + ((sample * length) << 2);
    for (let head: u32 = 0; head < heads; head++) {
      const q = packed + stride * sample * length + ((head * size) << 2);
      const dq = dPacked + stride * sample * length + ((head * size) << 2);
      for (let first: u32 = 0; first < length; first += BLOCK) {
        const rows = min<u32>(BLOCK, length - first);
        const columns = causal ? first + rows : length;
        const line: usize = columns << 2;
        const qRows = q + stride * first;
        probabilities(scratch, qRows, q + toKey, ids, first, rows, columns, size, stride, causal);
        const d = dy + (((sample * length + first) * width + head * size) << 2);
        setEpilogue(ADD, 0, 0, true);
        product(columns, size, rows, scratch, 4, line, d, width << 2, dq + toValue, stride, 0);
        setEpilogue(STORE, 0, 0, false);
        productTransposed(rows, columns, size, d, width << 2, q + toValue, stride, other, line);
        scoreGradients(other, scratch, rows, columns, scale);
        product(rows, size, columns, other, line, 4, q + toKey, stride, dq + stride * first, stride, 0);
        setEpilogue(ADD, 0, 0, true);
        product(columns, size, rows, other, 4, line, qRows, stride, dq + toKey, stride, 0);
      }
    }
  }
}

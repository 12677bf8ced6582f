import { laneMask, madd, splat, storeLanes, sumLanes } from "./arithmetic";

/**
 * y = (x - mean) / sqrt(variance + epsilon) * scale + shift, row by row; keeps each row's mean and 1 / deviation in `stats`.
 * x, y: (rows, width); scale, shift: (width); stats: (rows, 2).
 */
export function layerNormForward(
  y: usize,
  stats: usize,
  x: usize,
  scale: usize,
  shift: usize,
  rows: u32,
  width: u32,
  epsilon: f32,
): void {
  for (let i: u32 = 0; i < rows; i++) {
    const at: usize = (i * width) << 2;
    let sum = splat(0);
    for (let j: u32 = 0; j < width; j += 4) {
      sum = f32x4.add(sum, v128.and(v128.load(x + at + (j << 2)), laneMask(min<u32>(width - j, 4))));
    }
    const mean = sumLanes(sum) / <f32>width;
    let squares = splat(0);
    for (let j: u32 = 0; j < width; j += 4) {
      const d = f32x4.sub(v128.load(x + at + (j << 2)), splat(mean));
      squares = f32x4.add(squares, v128.and(f32x4.mul(d, d), laneMask(min<u32>(width - j, 4))));
    }
    const inverse: f32 = 1 / sqrt<f32>(sumLanes(squares) / <f32>width + epsilon);
    f32.store(stats + (i << 3), mean);
    f32.store(stats + (i << 3), inverse, 4);
    for (let j: u32 = 0; j < width; j += 4) {
      const normal = f32x4.mul(f32x4.sub(v128.load(x + at + (j << 2)), splat(mean)), splat(inverse));
      const value = madd(normal, v128.load(scale + (j << 2)), v128.load(shift + (j << 2)));
      storeLanes(y + at + (j << 2), value, width - j);
    }
  }
}

/**
 * dx = inverse (g - mean(g) - normal mean(g normal)) with g = dy scale, row by row; with `add`, adds to dx.
 * x, dx, dy: (rows, width); scale: (width); stats: (rows, 2).
 */
export function layerNormBackward(
  dx: usize,
  dy: usize,
  x: usize,
  stats: usize,
  scale: usize,
  rows: u32,
  width: u32,
  add: bool,
): void {
  for (let i: u32 = 0; i < rows; i++) {
    const at: usize = (i * width) << 2;
    const mean = f32.load(stats + (i << 3));
    const inverse = f32.load(stats + (i << 3), 4);
    let sum = splat(0);
    let dot = splat(0);
    for (let j: u32 = 0; j < width; j += 4) {
      const mask = laneMask(min<u32>(width - j, 4));
      const g = v128.and(f32x4.mul(v128.load(dy + at + (j << 2)), v128.load(scale + (j << 2))), mask);
      const normal = v128.and(f32x4.sub(v128.load(x + at + (j << 2)), splat(mean)), mask);
      sum = f32x4.add(sum, g);
      dot = madd(g, normal, dot);
    }
    const meanG = sumLanes(sum) / <f32>width;
    const slope = (sumLanes(dot) * inverse * inverse) / <f32>width;
    for (let j: u32 = 0; j < width; j += 4) {
      const here = at + (j << 2);
      const g = f32x4.mul(v128.load(dy + here), v128.load(scale + (j << 2)));
      const centred = f32x4.sub(v128.load(x + here), splat(mean));
      const d = f32x4.sub(f32x4.sub(g, splat(meanG)), f32x4.mul(centred, splat(slope)));
      let value = f32x4.mul(d, splat(inverse));
      if (add) value = f32x4.add(value, v128.load(dx + here));
      storeLanes(dx + here, value, width - j);
    }
  }
}

/**
 * Sums the gradients of scale and shift over the rows in order, for the columns `from` to `to`.
 * scaleGradient, shiftGradient: (width); x, dy: (rows, width); stats: (rows, 2).
 */
export function layerNormGradient(
  scaleGradient: usize,
  shiftGradient: usize,
  dy: usize,
  x: usize,
  stats: usize,
  rows: u32,
  width: u32,
  from: u32,
  to: u32,
  add: bool,
): void {
  for (let j = from; j < to; j += 4) {
    let scaleSum = splat(0);
    let shiftSum = splat(0);
    for (let i: u32 = 0; i < rows; i++) {
      const here: usize = (i * width + j) << 2;
      const d = v128.load(dy + here);
      const centred = f32x4.sub(v128.load(x + here), splat(f32.load(stats + (i << 3))));
      scaleSum = madd(d, f32x4.mul(centred, splat(f32.load(stats + (i << 3), 4))), scaleSum);
      shiftSum = f32x4.add(shiftSum, d);
    }
    const at: usize = j << 2;
    if (add) {
      scaleSum = f32x4.add(scaleSum, v128.load(scaleGradient + at));
      shiftSum = f32x4.add(shiftSum, v128.load(shiftGradient + at));
    }
    storeLanes(scaleGradient + at, scaleSum, to - j);
    storeLanes(shiftGradient + at, shiftSum, to - j);
  }
}

/** Sums the columns `from` to `to` over the rows in order: the gradient of a bias. x: (rows, width), sums: (width). */
export function columnSums(
  sums: usize,
  x: usize,
  rows: u32,
  width: u32,
  from: u32,
  to: u32,
  add: bool,
): void {
  for (let j = from; j < to; j += 4) {
    let even = splat(0);
    let odd = splat(0);
    let i: u32 = 0;
    for (; i + 1 < rows; i += 2) {
      even = f32x4.add(even, v128.load(x + ((i * width + j) << 2)));
      odd = f32x4.add(odd, v128.load(x + (((i + 1) * width + j) << 2)));
    }
    if (i < rows) even = f32x4.add(even, v128.load(x + ((i * width + j) << 2)));
    let total = f32x4.add(even, odd);
    if (add) total = f32x4.add(total, v128.load(sums + (j << 2)));
    storeLanes(sums + (j << 2), total, to - j);
  }
}

import { splat, storeLanes } from "./arithmetic";

/**
 * y = the largest number of each window; windows are entirely inside the image.
 * x: (samples, height, width, channels), y: (samples, (height - pool) / stride + 1, (width - pool) / stride + 1, channels).
 */
export function maxPoolForward(
  y: usize,
  x: usize,
  samples: u32,
  height: u32,
  width: u32,
  channels: u32,
  pool: u32,
  stride: u32,
): void {
  const high = (height - pool) / stride + 1;
  const wide = (width - pool) / stride + 1;
  let to = y;
  for (let sample: u32 = 0; sample < samples; sample++) {
    const image = x + ((sample * height * width * channels) << 2);
    for (let row: u32 = 0; row < high; row++) {
      for (let column: u32 = 0; column < wide; column++) {
        for (let c: u32 = 0; c < channels; c += 4) {
          let best = splat(-Infinity);
          for (let p: u32 = 0; p < pool; p++) {
            for (let q: u32 = 0; q < pool; q++) {
              const at = ((row * stride + p) * width + column * stride + q) * channels + c;
              best = f32x4.max(best, v128.load(image + (at << 2)));
            }
          }
          storeLanes(to + (c << 2), best, channels - c);
        }
        to += channels << 2;
      }
    }
  }
}

/** Adds each dy to the first largest number of its window, which is searched again instead of kept. dx: as x, dy: as y above. */
export function maxPoolBackward(
  dx: usize,
  dy: usize,
  x: usize,
  samples: u32,
  height: u32,
  width: u32,
  channels: u32,
  pool: u32,
  stride: u32,
): void {
  const high = (height - pool) / stride + 1;
  const wide = (width - pool) / stride + 1;
  const size = height * width * channels;
  memory.fill(dx, 0, (samples * size) << 2);
  let from = dy;
  for (let sample: u32 = 0; sample < samples; sample++) {
    const image = x + ((sample * size) << 2);
    const target = dx + ((sample * size) << 2);
    for (let row: u32 = 0; row < high; row++) {
      for (let column: u32 = 0; column < wide; column++) {
        for (let c: u32 = 0; c < channels; c++) {
          let place: u32 = 0;
          let best: f32 = -Infinity;
          for (let p: u32 = 0; p < pool; p++) {
            for (let q: u32 = 0; q < pool; q++) {
              const at = ((row * stride + p) * width + column * stride + q) * channels + c;
              const value = f32.load(image + (at << 2));
              if (value > best || (p == 0 && q == 0)) {
                best = value;
                place = at;
              }
            }
          }
          const slot = target + (place << 2);
          f32.store(slot, f32.load(slot) + f32.load(from + (c << 2)));
        }
        from += channels << 2;
      }
    }
  }
}

/** Counts a sample's rows whose token is not 0, at least 1; all rows if there are no tokens. */
function countRows(tokens: usize, rows: u32): f32 {
  if (tokens == 0) return <f32>rows;
  let count: f32 = 0;
  for (let i: u32 = 0; i < rows; i++) if (load<u32>(tokens + (i << 2)) != 0) count++;
  return max<f32>(count, 1);
}

/**
 * y = the mean of x over the rows of each sample; skips rows whose token is 0 if tokens are given.
 * x: (samples, rows, channels), tokens: (samples, rows) or 0, y: (samples, channels).
 */
export function averagePoolForward(
  y: usize,
  x: usize,
  tokens: usize,
  samples: u32,
  rows: u32,
  channels: u32,
): void {
  for (let sample: u32 = 0; sample < samples; sample++) {
    const ids: usize = tokens == 0 ? 0 : tokens + ((sample * rows) << 2);
    const factor = splat(1 / countRows(ids, rows));
    const from = x + ((sample * rows * channels) << 2);
    for (let c: u32 = 0; c < channels; c += 4) {
      let total = splat(0);
      for (let i: u32 = 0; i < rows; i++) {
        if (ids != 0 && load<u32>(ids + (i << 2)) == 0) continue;
        total = f32x4.add(total, v128.load(from + ((i * channels + c) << 2)));
      }
      storeLanes(y + ((sample * channels + c) << 2), f32x4.mul(total, factor), channels - c);
    }
  }
}

/** dx[row] = dy / number of rows that count; 0 for rows that are skipped. dx: as x, dy: as y above. */
export function averagePoolBackward(
  dx: usize,
  dy: usize,
  tokens: usize,
  samples: u32,
  rows: u32,
  channels: u32,
): void {
  for (let sample: u32 = 0; sample < samples; sample++) {
    const ids: usize = tokens == 0 ? 0 : tokens + ((sample * rows) << 2);
    const factor: f32 = <f32>1 / countRows(ids, rows);
    for (let i: u32 = 0; i < rows; i++) {
      const to = dx + (((sample * rows + i) * channels) << 2);
      const weight = splat(ids != 0 && load<u32>(ids + (i << 2)) == 0 ? <f32>0 : factor);
      for (let c: u32 = 0; c < channels; c += 4) {
        const value = f32x4.mul(v128.load(dy + ((sample * channels + c) << 2)), weight);
        storeLanes(to + (c << 2), value, channels - c);
      }
    }
  }
}

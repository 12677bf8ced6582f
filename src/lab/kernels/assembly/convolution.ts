import { setEpilogue, ADD, BIAS, STORE } from "./epilogue";
import { product } from "./product";
import { productTransposed } from "./product-transposed";

// A convolution as a product of matrices: the patches of a few output rows at a time are gathered in the thread's scratch.
//
// x, dx: (samples, height, width, channels); kernel, gradient: (high, wide, channels, filters); bias: (filters) or 0;
// y, dy: (samples, outHeight, outWidth, filters); scratch: (block, outWidth, high, wide, channels).

let height: u32 = 0;
let width: u32 = 0;
let channels: u32 = 0;
let filters: u32 = 0;
let high: u32 = 0;
let wide: u32 = 0;
let stride: u32 = 1;
let top: u32 = 0;
let left: u32 = 0;
let outHeight: u32 = 0;
let outWidth: u32 = 0;
let block: u32 = 1;

/** Reads the geometry of the current operation: twelve numbers, in the order of ../operation.ts. */
export function setConvolution(numbers: usize): void {
  height = load<u32>(numbers);
  width = load<u32>(numbers, 4);
  channels = load<u32>(numbers, 8);
  filters = load<u32>(numbers, 12);
  high = load<u32>(numbers, 16) & 0xffff;
  wide = load<u32>(numbers, 16) >> 16;
  stride = load<u32>(numbers, 20);
  top = load<u32>(numbers, 24);
  left = load<u32>(numbers, 28);
  outHeight = load<u32>(numbers, 32) & 0xffff;
  outWidth = load<u32>(numbers, 32) >> 16;
  block = load<u32>(numbers, 36);
}

/** Gathers the patches of the output rows `first` to `first + rows` of one image; places outside the image are 0. */
function gatherPatches(patches: usize, image: usize, first: u32, rows: u32): void {
  const run = wide * channels;
  let to = patches;
  for (let row = first; row < first + rows; row++) {
    for (let column: u32 = 0; column < outWidth; column++) {
      for (let p: u32 = 0; p < high; p++) {
        const y: i32 = row * stride + p - top;
        const x: i32 = column * stride - left;
        if (y < 0 || y >= <i32>height) {
          memory.fill(to, 0, run << 2);
        } else if (x >= 0 && x + <i32>wide <= <i32>width) {
          memory.copy(to, image + (((<u32>y * width + <u32>x) * channels) << 2), run << 2);
        } else {
          for (let q: u32 = 0; q < wide; q++) {
            const at = to + ((q * channels) << 2);
            const here = x + <i32>q;
            if (here < 0 || here >= <i32>width) memory.fill(at, 0, channels << 2);
            else memory.copy(at, image + (((<u32>y * width + <u32>here) * channels) << 2), channels << 2);
          }
        }
        to += run << 2;
      }
    }
  }
}

/** Adds patches to the places of the image that they were gathered from. */
function scatterPatches(image: usize, patches: usize, first: u32, rows: u32): void {
  let from = patches;
  for (let row = first; row < first + rows; row++) {
    for (let column: u32 = 0; column < outWidth; column++) {
      for (let p: u32 = 0; p < high; p++) {
        const y: i32 = row * stride + p - top;
        for (let q: u32 = 0; q < wide; q++, from += channels << 2) {
          const x: i32 = column * stride + q - left;
          if (y < 0 || y >= <i32>height || x < 0 || x >= <i32>width) continue;
          const to = image + (((<u32>y * width + <u32>x) * channels) << 2);
          let c: u32 = 0;
          for (; c + 4 <= channels; c += 4) {
            v128.store(to + (c << 2), f32x4.add(v128.load(to + (c << 2)), v128.load(from + (c << 2))));
          }
          for (; c < channels; c++) {
            f32.store(to + (c << 2), f32.load(to + (c << 2)) + f32.load(from + (c << 2)));
          }
        }
      }
    }
  }
}

/** y = activation(patches(x) kernel + bias). */
export function convolutionForward(
  y: usize,
  x: usize,
  kernel: usize,
  bias: usize,
  scratch: usize,
  samples: u32,
  activation: i32,
): void {
  const depth = high * wide * channels;
  setEpilogue(BIAS, activation, 0, false);
  for (let sample: u32 = 0; sample < samples; sample++) {
    const image = x + ((sample * height * width * channels) << 2);
    for (let row: u32 = 0; row < outHeight; row += block) {
      const rows = min<u32>(block, outHeight - row);
      gatherPatches(scratch, image, row, rows);
      const to = y + (((sample * outHeight + row) * outWidth * filters) << 2);
      product(
        rows * outWidth,
        filters,
        depth,
        scratch,
        depth << 2,
        4,
        kernel,
        filters << 2,
        to,
        filters << 2,
        bias,
      );
    }
  }
}

/** Sums the kernel's gradient over the samples in order, for the filters `from` to `to`; without `add`, starts at 0. */
export function convolutionGradient(
  gradient: usize,
  x: usize,
  dy: usize,
  scratch: usize,
  samples: u32,
  from: u32,
  to: u32,
  add: bool,
): void {
  const depth = high * wide * channels;
  const line: usize = filters << 2;
  if (!add) {
    for (let i: u32 = 0; i < depth; i++) memory.fill(gradient + line * i + (from << 2), 0, (to - from) << 2);
  }
  setEpilogue(ADD, 0, 0, true);
  for (let sample: u32 = 0; sample < samples; sample++) {
    const image = x + ((sample * height * width * channels) << 2);
    for (let row: u32 = 0; row < outHeight; row += block) {
      const rows = min<u32>(block, outHeight - row);
      gatherPatches(scratch, image, row, rows);
      const d = dy + (((sample * outHeight + row) * outWidth * filters + from) << 2);
      product(
        depth,
        to - from,
        rows * outWidth,
        scratch,
        4,
        depth << 2,
        d,
        line,
        gradient + (from << 2),
        line,
        0,
      );
    }
  }
}

/** Writes the gradient by x, or adds it with `add`. */
export function convolutionBackward(
  dx: usize,
  dy: usize,
  kernel: usize,
  scratch: usize,
  samples: u32,
  add: bool,
): void {
  const depth = high * wide * channels;
  const size: usize = (height * width * channels) << 2;
  if (!add) memory.fill(dx, 0, size * samples);
  setEpilogue(STORE, 0, 0, false);
  for (let sample: u32 = 0; sample < samples; sample++) {
    for (let row: u32 = 0; row < outHeight; row += block) {
      const rows = min<u32>(block, outHeight - row);
      const d = dy + (((sample * outHeight + row) * outWidth * filters) << 2);
      productTransposed(
        rows * outWidth,
        depth,
        filters,
        d,
        filters << 2,
        kernel,
        filters << 2,
        scratch,
        depth << 2,
      );
      scatterPatches(dx + size * sample, scratch, row, rows);
    }
  }
}

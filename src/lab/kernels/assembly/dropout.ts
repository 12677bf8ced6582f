import { splat, storeLanes } from "./arithmetic";

/** Scrambles 32 bits so that neighbouring inputs have unrelated outputs (a finalizer of the murmur family). */
// @ts-ignore: decorator
@inline
function scramble(v: v128): v128 {
  let h = v128.xor(v, i32x4.shr_u(v, 16));
  h = i32x4.mul(h, i32x4.splat(0x7feb352d));
  h = v128.xor(h, i32x4.shr_u(h, 15));
  h = i32x4.mul(h, i32x4.splat(0x846ca68b));
  return v128.xor(h, i32x4.shr_u(h, 16));
}

/**
 * y = x / (1 - rate), or 0 with probability `rate`. x, y: (count); `first` is the place of x[0] in the batch.
 * `key` and the place in the batch decide what is dropped. So the backward pass drops the same numbers without a stored mask,
 * and micro-batches drop what one batch would.
 */
export function dropout(y: usize, x: usize, first: u32, count: u32, rate: f32, key: u32): void {
  const keep = splat(1 / (1 - rate));
  // The upper 24 bits as a number from 0 to 2^24 - 1, compared as integers.
  const limit = i32x4.splat(<i32>(rate * 16777216));
  let place = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3));
  const seed = scramble(i32x4.splat(key));
  for (let i: u32 = 0; i < count; i += 4) {
    const draw = i32x4.shr_u(scramble(v128.xor(scramble(place), seed)), 8);
    const value = v128.and(f32x4.mul(v128.load(x + (i << 2)), keep), i32x4.ge_s(draw, limit));
    storeLanes(y + (i << 2), value, count - i);
    place = i32x4.add(place, i32x4.splat(4));
  }
}

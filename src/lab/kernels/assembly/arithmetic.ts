// Elementary functions on four floats at a time. No tables: without static data the entire memory is the arena.

/** Computes a * b + c: rounded once with relaxed SIMD on a machine with fused multiply-add, twice otherwise. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

// @ts-ignore: decorator
@inline
export function splat(value: f32): v128 {
  return f32x4.splat(value);
}

/** Adds the four lanes, always in the same order. */
// @ts-ignore: decorator
@inline
export function sumLanes(v: v128): f32 {
  const pairs = f32x4.add(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** Stores the first `lanes` (1 to 4) floats. */
// @ts-ignore: decorator
@inline
export function storeLanes(address: usize, v: v128, lanes: i32): void {
  if (lanes >= 4) {
    v128.store(address, v);
    return;
  }
  f32.store(address, f32x4.extract_lane(v, 0));
  if (lanes > 1) f32.store(address, f32x4.extract_lane(v, 1), 4);
  if (lanes > 2) f32.store(address, f32x4.extract_lane(v, 2), 8);
}

/** All bits set in the first `lanes` (1 to 4) lanes. */
// @ts-ignore: decorator
@inline
export function laneMask(lanes: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(lanes));
}

/** e^x, relative error below 3e-7; x is clamped to the range of normal floats. */
export function exp4(x: v128): v128 {
  const clamped = f32x4.min(f32x4.max(x, splat(-87.33654)), splat(88.3762626));
  const n = f32x4.nearest(f32x4.mul(clamped, splat(1.44269504)));
  // Splits ln 2 in two, so that the leading part of n * ln 2 is exact.
  let r = f32x4.sub(clamped, f32x4.mul(n, splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, splat(-2.12194440e-4)));
  let p = splat(1.0 / 5040.0);
  p = madd(p, r, splat(1.0 / 720.0));
  p = madd(p, r, splat(1.0 / 120.0));
  p = madd(p, r, splat(1.0 / 24.0));
  p = madd(p, r, splat(1.0 / 6.0));
  p = madd(p, r, splat(0.5));
  p = madd(p, r, splat(1.0));
  p = madd(p, r, splat(1.0));
  const scale = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, scale);
}

// @ts-ignore: decorator
@inline
export function exp1(x: f32): f32 {
  return f32x4.extract_lane(exp4(splat(x)), 0);
}

/** Natural logarithm of a positive normal float, relative error below 2e-7 away from 1. */
export function log1(x: f32): f32 {
  const bits = reinterpret<i32>(max<f32>(x, 1.17549435e-38));
  // Brings the mantissa into [1/sqrt 2, sqrt 2), where the series in (m - 1) / (m + 1) is short.
  const exponent = (bits - 0x3f3504f3) >> 23;
  const m = reinterpret<f32>(bits - (exponent << 23));
  const s = (m - 1) / (m + 1);
  const q = s * s;
  let series: f32 = 1.0 / 9.0;
  series = series * q + <f32>(1.0 / 7.0);
  series = series * q + <f32>0.2;
  series = series * q + <f32>(1.0 / 3.0);
  series = series * q + <f32>1;
  return <f32>exponent * <f32>0.69314718 + <f32>2 * s * series;
}

/** 1 / (1 + e^-x) */
export function sigmoid4(x: v128): v128 {
  return f32x4.div(splat(1), f32x4.add(splat(1), exp4(f32x4.neg(x))));
}

/** Computes tanh x from e^(-2|x|), with the sign restored; near 0, where digits would cancel, from its series. */
export function tanh4(x: v128): v128 {
  const size = f32x4.abs(x);
  const e = exp4(f32x4.mul(splat(-2), size));
  const large = f32x4.div(f32x4.sub(splat(1), e), f32x4.add(splat(1), e));
  const q = f32x4.mul(x, x);
  let series = splat(-17.0 / 315.0);
  series = madd(series, q, splat(2.0 / 15.0));
  series = madd(series, q, splat(-1.0 / 3.0));
  series = madd(f32x4.mul(series, q), size, size);
  const value = v128.bitselect(series, large, f32x4.lt(size, splat(0.2)));
  return v128.bitselect(value, x, i32x4.splat(0x7fffffff));
}

/** Half of erfc(|x| / sqrt 2) over e^(-x^2 / 2): Abramowitz and Stegun 7.1.26 for erf (absolute error below 1.5e-7). */
// @ts-ignore: decorator
@inline
function tailFactor(x: v128): v128 {
  const z = f32x4.mul(f32x4.abs(x), splat(0.70710678));
  const t = f32x4.div(splat(1), madd(splat(0.3275911), z, splat(1)));
  let p = splat(0.5 * 1.061405429);
  p = madd(p, t, splat(0.5 * -1.453152027));
  p = madd(p, t, splat(0.5 * 1.421413741));
  p = madd(p, t, splat(0.5 * -0.284496736));
  p = madd(p, t, splat(0.5 * 0.254829592));
  return f32x4.mul(p, t);
}

/** x Phi(x), where Phi is the normal distribution function. */
export function gelu4(x: v128): v128 {
  const bell = exp4(f32x4.mul(splat(-0.5), f32x4.mul(x, x)));
  const tail = f32x4.mul(tailFactor(x), bell);
  return f32x4.mul(x, v128.bitselect(f32x4.sub(splat(1), tail), tail, f32x4.ge(x, splat(0))));
}

/** Phi(x) + x phi(x), where phi is the normal density. */
export function geluDerivative4(x: v128): v128 {
  const bell = exp4(f32x4.mul(splat(-0.5), f32x4.mul(x, x)));
  const tail = f32x4.mul(tailFactor(x), bell);
  const below = v128.bitselect(f32x4.sub(splat(1), tail), tail, f32x4.ge(x, splat(0)));
  return madd(x, f32x4.mul(splat(0.39894228), bell), below);
}

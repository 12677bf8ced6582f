import { madd, splat, storeLanes } from "./arithmetic";

// Codes of the optimizers, the same as in ../operation.ts.
export const SGD: i32 = 1;
export const MOMENTUM: i32 = 2;
export const ADAM: i32 = 3;
export const ADAMW: i32 = 4;
export const LION: i32 = 5;

// The constants of the current operation's update, set by `setUpdate`.
let rule: i32 = 0;
let rate: v128 = f32x4.splat(0);
let epsilon: v128 = f32x4.splat(0);
let keep: v128 = f32x4.splat(1);
let beta1: v128 = f32x4.splat(0);
let beta2: v128 = f32x4.splat(0);
let rest1: v128 = f32x4.splat(0);
let rest2: v128 = f32x4.splat(0);
/** Bytes from a parameter to its first and to its second moment. */
let toFirst: usize = 0;
let toSecond: usize = 0;

/** Sets the rule and constants of the updates that follow. parameter, first, second: of one shape; 0 for a moment not kept. */
export function setUpdate(
  kind: i32,
  parameter: usize,
  first: usize,
  second: usize,
  learningRate: f32,
  smallNumber: f32,
  decay: f32,
  firstBeta: f32,
  firstRest: f32,
  secondBeta: f32,
  secondRest: f32,
): void {
  rule = kind;
  rate = splat(learningRate);
  epsilon = splat(smallNumber);
  keep = splat(1 - decay);
  beta1 = splat(firstBeta);
  beta2 = splat(secondBeta);
  rest1 = splat(firstRest);
  rest2 = splat(secondRest);
  toFirst = first - parameter;
  toSecond = second - parameter;
}

/** The first moment after a gradient. */
// @ts-ignore: decorator
@inline
function nextFirst(parameter: usize, gradient: v128): v128 {
  return madd(beta1, v128.load(parameter + toFirst), f32x4.mul(rest1, gradient));
}

// @ts-ignore: decorator
@inline
function nextSecond(parameter: usize, gradient: v128): v128 {
  return madd(beta2, v128.load(parameter + toSecond), f32x4.mul(rest2, f32x4.mul(gradient, gradient)));
}

/** Four parameters after decay and a step of rate m / (sqrt v + epsilon). */
// @ts-ignore: decorator
@inline
function moved(parameter: usize, m: v128, v: v128): v128 {
  const step = f32x4.div(f32x4.mul(rate, m), f32x4.add(f32x4.sqrt(v), epsilon));
  return f32x4.sub(f32x4.mul(v128.load(parameter), keep), step);
}

/** Updates four parameters by adam, without a test for the rule or for the number of lanes. */
// @ts-ignore: decorator
@inline
function adamWhole(parameter: usize, gradient: v128): void {
  const m = nextFirst(parameter, gradient);
  const v = nextSecond(parameter, gradient);
  v128.store(parameter + toFirst, m);
  v128.store(parameter + toSecond, v);
  v128.store(parameter, moved(parameter, m, v));
}

/** Updates up to four parameters with their gradient. */
export function updateLanes(parameter: usize, gradient: v128, lanes: i32): void {
  let w = v128.load(parameter);
  if (rule == ADAM || rule == ADAMW) {
    const m = nextFirst(parameter, gradient);
    const v = nextSecond(parameter, gradient);
    storeLanes(parameter + toFirst, m, lanes);
    storeLanes(parameter + toSecond, v, lanes);
    w = moved(parameter, m, v);
  } else if (rule == LION) {
    const m = v128.load(parameter + toFirst);
    const c = nextFirst(parameter, gradient);
    // sign(c) * rate: the sign bit of c on the rate, and nothing where c is zero.
    const signed = v128.or(v128.and(c, i32x4.splat(0x80000000)), rate);
    const step = v128.and(signed, f32x4.ne(c, splat(0)));
    w = f32x4.sub(f32x4.mul(w, keep), step);
    storeLanes(parameter + toFirst, madd(beta2, m, f32x4.mul(rest2, gradient)), lanes);
  } else if (rule == MOMENTUM) {
    const m = madd(beta1, v128.load(parameter + toFirst), gradient);
    storeLanes(parameter + toFirst, m, lanes);
    w = f32x4.sub(w, f32x4.mul(rate, m));
  } else {
    w = f32x4.sub(w, f32x4.mul(rate, gradient));
  }
  storeLanes(parameter, w, lanes);
}

/** Updates eight parameters of a row, or the first `columns` of them. */
export function updateRow(parameter: usize, low: v128, high: v128, columns: i32): void {
  if (columns >= 8 && (rule == ADAM || rule == ADAMW)) {
    adamWhole(parameter, low);
    adamWhole(parameter + 16, high);
    return;
  }
  updateLanes(parameter, low, columns);
  if (columns > 4) updateLanes(parameter + 16, high, columns - 4);
}

/** Updates the parameters `from` to `to` of a tensor. parameter, gradient: of one shape. */
export function updateRange(parameter: usize, gradient: usize, from: u32, to: u32): void {
  let i = from;
  for (; i + 8 <= to; i += 8) {
    const at = i << 2;
    updateRow(parameter + at, v128.load(gradient + at), v128.load(gradient + at, 16), 8);
  }
  if (i < to) updateRow(parameter + (i << 2), v128.load(gradient + (i << 2)), v128.load(gradient + (i << 2), 16), to - i);
}

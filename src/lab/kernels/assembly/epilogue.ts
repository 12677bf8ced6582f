import { storeLanes } from "./arithmetic";
import { activate, differentiate } from "./activation";
import { updateLanes, updateRow } from "./update";

// What happens to a finished block of a product before it leaves the registers.
export const STORE: i32 = 0;
export const ADD: i32 = 1;
export const BIAS: i32 = 2;
export const DERIVATIVE: i32 = 3;
export const UPDATE: i32 = 4;

let kind: i32 = 0;
let activation: i32 = 0;
/** Distance in bytes from a destination to what the derivative is taken of, and whether the product adds to what is there. */
let toKept: usize = 0;
let adding: bool = false;

export function setEpilogue(what: i32, which: i32, keptDistance: usize, add: bool): void {
  kind = what;
  activation = which;
  toKept = keptDistance;
  adding = add;
}

/** True where a block is stored as it is, which the products do without a call. */
// @ts-ignore: decorator
@inline
export function isPlain(): bool {
  return kind == STORE;
}

/** Ends up to four numbers of a row: `bias` is the place of their biases, 0 for none. */
export function finish(value: v128, destination: usize, bias: usize, lanes: i32): void {
  if (kind == UPDATE) {
    updateLanes(destination, value, lanes);
    return;
  }
  let result = value;
  if (kind == BIAS) {
    if (bias != 0) result = f32x4.add(result, v128.load(bias));
    result = activate(result, activation);
  } else if (kind == DERIVATIVE) {
    result = differentiate(result, v128.load(destination + toKept), activation);
  }
  if (adding) result = f32x4.add(result, v128.load(destination));
  storeLanes(destination, result, lanes);
}

/** Ends eight numbers of a row, or the first `columns` of them. */
export function finishRow(low: v128, high: v128, destination: usize, bias: usize, columns: i32): void {
  if (kind == UPDATE) {
    updateRow(destination, low, high, columns);
    return;
  }
  finish(low, destination, bias, columns);
  if (columns > 4) finish(high, destination + 16, bias != 0 ? bias + 16 : 0, columns - 4);
}

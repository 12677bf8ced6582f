import { storeLanes } from "./arithmetic";
import { activate, differentiate } from "./activation";
import { updateLanes, updateRow } from "./update";

// What is done with a finished block of a product before it leaves the registers.
export const STORE: i32 = 0;
export const ADD: i32 = 1;
export const BIAS: i32 = 2;
export const DERIVATIVE: i32 = 3;
export const UPDATE: i32 = 4;

let kind: i32 = 0;
let activation: i32 = 0;
/** Bytes from a destination to the activation whose derivative is taken. */
let toKept: usize = 0;
/** Whether the product is added to what the destination holds. */
let adding: bool = false;

/** Sets the epilogue of the products that follow in this thread's operation. */
export function setEpilogue(what: i32, which: i32, keptDistance: usize, add: bool): void {
  kind = what;
  activation = which;
  toKept = keptDistance;
  adding = add;
}

/** True if a block is stored as it is, which the products do without a call. */
// @ts-ignore: decorator
@inline
export function isPlain(): bool {
  return kind == STORE;
}

/** Applies the epilogue to up to four numbers of a row; `bias` is the address of their biases, 0 for none. */
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

/** Applies the epilogue to eight numbers of a row, or to the first `columns` of them. */
export function finishRow(low: v128, high: v128, destination: usize, bias: usize, columns: i32): void {
  if (kind == UPDATE) {
    updateRow(destination, low, high, columns);
    return;
  }
  finish(low, destination, bias, columns);
  if (columns > 4) finish(high, destination + 16, bias != 0 ? bias + 16 : 0, columns - 4);
}

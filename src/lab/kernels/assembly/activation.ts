import { gelu4, geluDerivative4, sigmoid4, splat, storeLanes, tanh4 } from "./arithmetic";

// Codes of the activations, the same as in ../operation.ts.
export const LINEAR: i32 = 0;
export const RELU: i32 = 1;
export const SIGMOID: i32 = 2;
export const TANH: i32 = 3;
export const GELU: i32 = 4;

/** Applies an activation to four floats. */
export function activate(x: v128, activation: i32): v128 {
  if (activation == RELU) return f32x4.max(x, splat(0));
  if (activation == SIGMOID) return sigmoid4(x);
  if (activation == TANH) return tanh4(x);
  if (activation == GELU) return gelu4(x);
  return x;
}

/** Multiplies dy by the derivative; `kept` is the activation's output (relu, sigmoid, tanh) or its input (gelu). */
export function differentiate(dy: v128, kept: v128, activation: i32): v128 {
  if (activation == RELU) return v128.and(dy, f32x4.gt(kept, splat(0)));
  if (activation == SIGMOID) return f32x4.mul(dy, f32x4.mul(kept, f32x4.sub(splat(1), kept)));
  if (activation == TANH) return f32x4.mul(dy, f32x4.sub(splat(1), f32x4.mul(kept, kept)));
  if (activation == GELU) return f32x4.mul(dy, geluDerivative4(kept));
  return dy;
}

/** y[i] = f(x[i]). x, y: (count); y may be x. */
export function activationForward(y: usize, x: usize, count: u32, activation: i32): void {
  for (let i: u32 = 0; i < count; i += 4) {
    storeLanes(y + (i << 2), activate(v128.load(x + (i << 2)), activation), count - i);
  }
}

/** dx[i] = dy[i] f'(kept[i]). dx, dy, kept: (count); dx may be dy or kept. */
export function activationBackward(dx: usize, dy: usize, kept: usize, count: u32, activation: i32): void {
  for (let i: u32 = 0; i < count; i += 4) {
    const at = i << 2;
    storeLanes(dx + at, differentiate(v128.load(dy + at), v128.load(kept + at), activation), count - i);
  }
}

// Byte offsets of an operation's fields, the same as in ../operation.ts.

export const CODE: usize = 0;
export const BARRIER: usize = 4;
export const WRITES: usize = 8;
export const READS: usize = 24;
export const NUMBERS: usize = 48;
export const FRACTIONS: usize = 96;

/** Address of the nth tensor that the operation writes; 0 for none. */
// @ts-ignore: decorator
@inline
export function output(operation: usize, n: usize): usize {
  return load<u32>(operation + WRITES + (n << 2));
}

/** Address of the nth tensor that the operation reads; 0 for none. */
// @ts-ignore: decorator
@inline
export function input(operation: usize, n: usize): usize {
  return load<u32>(operation + READS + (n << 2));
}

// @ts-ignore: decorator
@inline
export function number(operation: usize, n: usize): u32 {
  return load<u32>(operation + NUMBERS + (n << 2));
}

// @ts-ignore: decorator
@inline
export function fraction(operation: usize, n: usize): f32 {
  return f32.load(operation + FRACTIONS + (n << 2));
}

import { adafactorApply, adafactorColumns, adafactorRows, adafactorScales, adafactorVector } from "./adafactor";
import { ACCUMULATE, DECAY, EPSILON, RATE, SECOND_BETA } from "./control";
import { convolutionGradient, setConvolution } from "./convolution";
import { embeddingGradient, positionGradient } from "./embedding";
import { ADD, STORE, UPDATE, setEpilogue } from "./epilogue";
import { columnSums, layerNormGradient } from "./normalize";
import { NUMBERS, fraction, number, input, output } from "./operation";
import { product } from "./product";
import { productSkippingZeros } from "./product-sparse";
import { setUpdate, updateRange } from "./update";

// Operations whose parameters the threads share out. One thread sums each number over all samples, in order, so the result has
// the same bits for any number of threads.

/** Rows of a product that are summed before the sums go to memory, so that the operands stay in the first cache. */
const RUN: u32 = 256;

/** First index of a thread's share of `count`; shares begin at a multiple of four, so on whole vectors. */
// @ts-ignore: decorator
@inline
function share(count: u32, thread: u32, threads: u32): u32 {
  return thread == threads ? count : ((count * thread) / threads) & ~3;
}

function prepareUpdate(op: usize): void {
  const decay = number(op, 8) != 0 ? f32.load(DECAY) : 0;
  setUpdate(
    number(op, 7),
    output(op, 0),
    output(op, 1),
    output(op, 2),
    f32.load(RATE),
    f32.load(EPSILON),
    decay,
    fraction(op, 0),
    fraction(op, 1),
    fraction(op, 2),
    fraction(op, 3),
  );
}

/** c = x^T d over some rows; skips zeros of x if the rows fit the thread's list. x: (rows, width), d: (rows, columns), c: (width, columns). */
function shortProduct(
  op: usize,
  thread: u32,
  width: u32,
  columns: u32,
  rows: u32,
  x: usize,
  xStride: usize,
  d: usize,
  line: usize,
  c: usize,
): void {
  const listBytes = number(op, 11);
  if (rows << 3 > listBytes) {
    product(width, columns, rows, x, 4, xStride, d, line, c, line, 0);
    return;
  }
  const list = output(op, 3) + thread * listBytes;
  productSkippingZeros(list, width, columns, rows, x, 4, xStride, d, line, c, line, 0);
}

/**
 * Writes x^T d to the gradient, or updates the parameters with it if the operation names an optimizer.
 * x: (samples * rows, depth), d: (samples * rows, columns), parameters and gradient: (depth, columns); rows `from` to `to` of them.
 */
function weightGradient(op: usize, samples: u32, from: u32, to: u32, thread: u32): void {
  const rows = number(op, 0) * samples;
  const depth = number(op, 1);
  const columns = number(op, 2);
  const line: usize = columns << 2;
  const x = input(op, 0) + (from << 2);
  const d = input(op, 1);
  const c = output(op, 0) + line * from;
  if (number(op, 7) != 0) {
    prepareUpdate(op);
    setEpilogue(UPDATE, 0, 0, false);
    shortProduct(op, thread, to - from, columns, rows, x, depth << 2, d, line, c);
    return;
  }
  let add = load<u32>(ACCUMULATE) != 0;
  for (let first: u32 = 0; first < rows; first += RUN) {
    setEpilogue(add ? ADD : STORE, 0, 0, add);
    const steps = min<u32>(RUN, rows - first);
    const skip: usize = first << 2;
    shortProduct(op, thread, to - from, columns, steps, x + skip * depth, depth << 2, d + skip * columns, line, c);
    add = true;
  }
}

/** Shapes: convolution.ts. */
function kernelGradient(op: usize, samples: u32, thread: u32, threads: u32): void {
  setConvolution(op + NUMBERS);
  const scratch = output(op, 1) + thread * number(op, 11);
  const from = share(number(op, 3), thread, threads);
  const to = share(number(op, 3), thread + 1, threads);
  if (to <= from) return;
  convolutionGradient(output(op, 0), input(op, 0), input(op, 1), scratch, samples, from, to, load<u32>(ACCUMULATE) != 0);
}

/** Shapes: adafactor.ts. */
function adafactor(code: u32, op: usize, thread: u32, threads: u32): void {
  const rows = number(op, 0);
  const columns = number(op, 1);
  const beta = f32.load(SECOND_BETA);
  const rate = f32.load(RATE);
  const from = (rows * thread) / threads;
  const to = (rows * (thread + 1)) / threads;
  if (code == 80) {
    adafactorRows(output(op, 0), output(op, 1), input(op, 0), input(op, 1), columns, from, to, beta);
  } else if (code == 81) {
    const first = (columns * thread) / threads;
    const last = (columns * (thread + 1)) / threads;
    adafactorColumns(output(op, 0), input(op, 0), rows, columns, first, last, beta);
  } else if (code == 82) {
    adafactorScales(output(op, 0), input(op, 0), input(op, 1), input(op, 2), rows, columns, from, to);
  } else if (code == 83) {
    const w = output(op, 0);
    adafactorApply(w, input(op, 0), input(op, 1), input(op, 2), input(op, 3), rows, columns, from, to, rate);
  } else if (thread == 0) {
    adafactorVector(output(op, 0), output(op, 1), input(op, 0), rows, beta, rate);
  }
}

/** Performs a thread's share of an operation on parameters. */
export function performOnParameters(code: u32, op: usize, samples: u32, thread: u32, threads: u32): void {
  if (code >= 80) return adafactor(code, op, thread, threads);
  if (code == 70) return kernelGradient(op, samples, thread, threads);
  const add = load<u32>(ACCUMULATE) != 0;
  // The size that is shared out is the seventh number of all these operations.
  const count = number(op, 6);
  const from = share(count, thread, threads);
  const to = share(count, thread + 1, threads);
  if (to <= from) return;
  switch (code) {
    case 64: return weightGradient(op, samples, from, to, thread);
    case 65: return columnSums(output(op, 0), input(op, 0), number(op, 0) * samples, number(op, 1), from, to, add);
    case 66: {
      prepareUpdate(op);
      return updateRange(output(op, 0), input(op, 0), from, to);
    }
    case 67: {
      const rows = number(op, 0) * samples;
      return embeddingGradient(output(op, 0), input(op, 0), input(op, 1), rows, number(op, 1), number(op, 2), from, to, add);
    }
    case 68: return positionGradient(output(op, 0), input(op, 0), samples, number(op, 0), number(op, 1), from, to, add);
    case 69: {
      const rows = number(op, 0) * samples;
      const scale = output(op, 0);
      return layerNormGradient(scale, output(op, 1), input(op, 0), input(op, 1), input(op, 2), rows, count, from, to, add);
    }
    default: unreachable();
  }
}

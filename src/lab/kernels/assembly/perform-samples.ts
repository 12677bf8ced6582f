import { activationBackward, activationForward } from "./activation";
import { attentionBackward, attentionForward } from "./attention";
import { DROPOUT_KEY, LOSS_SCALE, SAMPLE_BASE, TRAINING } from "./control";
import { convolutionBackward, convolutionForward, setConvolution } from "./convolution";
import { dropout } from "./dropout";
import { embeddingForward } from "./embedding";
import { BIAS, DERIVATIVE, setEpilogue } from "./epilogue";
import { binaryCrossEntropy, crossEntropy, softmaxBackward, softmaxForward, meanSquaredError } from "./loss";
import { layerNormBackward, layerNormForward } from "./normalize";
import { NUMBERS, fraction, number, input, output } from "./operation";
import { averagePoolBackward, averagePoolForward, maxPoolBackward, maxPoolForward } from "./pool";
import { product } from "./product";
import { productSkippingZeros } from "./product-sparse";
import { productTransposed } from "./product-transposed";

// Operations whose samples the threads share out. A thread has the same samples in each of them, so no barrier is needed between
// operations that stay within a sample. `at` moves an address on to the thread's first sample.

/** Moves an address on by `first` samples of `size` numbers; 0, which means none, stays 0. */
// @ts-ignore: decorator
@inline
function at(address: usize, first: u32, size: u32): usize {
  return address == 0 ? 0 : address + ((<usize>(first * size)) << 2);
}

/** c = activation(a b + bias). a: (samples, rows, depth), b: (depth, columns), bias: (columns), c: (samples, rows, columns). */
function denseForward(op: usize, first: u32, samples: u32, thread: u32): void {
  const rows = number(op, 0);
  const columns = number(op, 1);
  const depth = number(op, 2);
  setEpilogue(BIAS, number(op, 3), 0, false);
  const a = at(input(op, 0), first, rows * depth);
  const c = at(output(op, 0), first, rows * columns);
  const line: usize = columns << 2;
  const count = rows * samples;
  if (number(op, 11) == 0) {
    product(count, columns, depth, a, depth << 2, 4, input(op, 1), line, c, line, input(op, 2));
    return;
  }
  const list = output(op, 1) + thread * number(op, 11);
  productSkippingZeros(list, count, columns, depth, a, depth << 2, 4, input(op, 1), line, c, line, input(op, 2));
}

/**
 * c = d b^T, times the derivative of the fused activation, whose output is `kept`.
 * d: (samples, rows, depth), b: (columns, depth), c and kept: (samples, rows, columns).
 */
function denseBackward(op: usize, first: u32, samples: u32): void {
  const rows = number(op, 0);
  const columns = number(op, 1);
  const depth = number(op, 2);
  const c = at(output(op, 0), first, rows * columns);
  const kept = at(input(op, 2), first, rows * columns);
  setEpilogue(DERIVATIVE, number(op, 3), kept - c, number(op, 4) != 0);
  const d = at(input(op, 0), first, rows * depth);
  productTransposed(rows * samples, columns, depth, d, depth << 2, input(op, 1), depth << 2, c, columns << 2);
}

/** x, y, dx, dy: (samples, rows, width). */
function softmax(op: usize, first: u32, samples: u32, backward: bool): void {
  const rows = number(op, 0);
  const width = number(op, 1);
  const to = at(output(op, 0), first, rows * width);
  const from = at(input(op, 0), first, rows * width);
  if (backward) softmaxBackward(to, from, at(input(op, 1), first, rows * width), rows * samples, width);
  else softmaxForward(to, from, rows * samples, width);
}

/** The three losses. Each sample has the share LOSS_SCALE = 1 / (samples of the batch) of the mean. Shapes: loss.ts. */
function loss(code: u32, op: usize, first: u32, samples: u32): void {
  const width = number(op, 1);
  const rows = number(op, 0);
  const size = rows * width;
  const dx = at(output(op, 0), first, size);
  const right = at(output(op, 1), first, 1);
  const sums = at(output(op, 2), first, 1);
  const x = at(input(op, 0), first, size);
  const scale = f32.load(LOSS_SCALE);
  if (code == 9) {
    const labels = at(input(op, 1), first, rows);
    crossEntropy(sums, right, dx, x, labels, samples, rows, width, scale / <f32>rows);
  } else {
    const targets = at(input(op, 1), first, size);
    if (code == 10) binaryCrossEntropy(sums, right, dx, x, targets, samples, size, scale);
    else meanSquaredError(sums, dx, x, targets, samples, size, scale);
  }
}

/** Shapes: normalize.ts, with rows of all samples. */
function layerNorm(op: usize, first: u32, samples: u32, backward: bool): void {
  const rows = number(op, 0);
  const width = number(op, 1);
  const size = rows * width;
  const to = at(output(op, 0), first, size);
  if (backward) {
    const stats = at(input(op, 2), first, rows * 2);
    const dy = at(input(op, 0), first, size);
    const x = at(input(op, 1), first, size);
    layerNormBackward(to, dy, x, stats, input(op, 3), rows * samples, width, number(op, 4) != 0);
  } else {
    const stats = at(output(op, 1), first, rows * 2);
    const x = at(input(op, 0), first, size);
    layerNormForward(to, stats, x, input(op, 1), input(op, 2), rows * samples, width, fraction(op, 0));
  }
}

/** Shapes: attention.ts. */
function attention(op: usize, first: u32, samples: u32, thread: u32, backward: bool): void {
  const length = number(op, 0);
  const width = number(op, 1);
  const heads = number(op, 2);
  const causal = number(op, 3) != 0;
  const scratch = output(op, 1) + thread * number(op, 11);
  if (backward) {
    const to = at(output(op, 0), first, length * width * 3);
    const dy = at(input(op, 0), first, length * width);
    const packed = at(input(op, 1), first, length * width * 3);
    const tokens = at(input(op, 2), first, length);
    attentionBackward(to, dy, packed, tokens, scratch, samples, length, width, heads, causal);
  } else {
    const to = at(output(op, 0), first, length * width);
    const packed = at(input(op, 0), first, length * width * 3);
    const tokens = at(input(op, 1), first, length);
    attentionForward(to, packed, tokens, scratch, samples, length, width, heads, causal);
  }
}

/** Shapes: convolution.ts. */
function convolution(op: usize, first: u32, samples: u32, thread: u32, backward: bool): void {
  setConvolution(op + NUMBERS);
  const image = number(op, 0) * number(op, 1) * number(op, 2);
  const out = (number(op, 8) & 0xffff) * (number(op, 8) >> 16) * number(op, 3);
  const scratch = output(op, 1) + thread * number(op, 11);
  if (backward) {
    const to = at(output(op, 0), first, image);
    convolutionBackward(to, at(input(op, 0), first, out), input(op, 1), scratch, samples, number(op, 10) != 0);
  } else {
    const x = at(input(op, 0), first, image);
    const y = at(output(op, 0), first, out);
    convolutionForward(y, x, input(op, 1), input(op, 2), scratch, samples, number(op, 10));
  }
}

/** Shapes: pool.ts. */
function maxPool(op: usize, first: u32, samples: u32, backward: bool): void {
  const height = number(op, 0);
  const width = number(op, 1);
  const channels = number(op, 2);
  const pool = number(op, 3);
  const stride = number(op, 4);
  const size = height * width * channels;
  const out = ((height - pool) / stride + 1) * ((width - pool) / stride + 1) * channels;
  if (backward) {
    const dx = at(output(op, 0), first, size);
    const dy = at(input(op, 0), first, out);
    maxPoolBackward(dx, dy, at(input(op, 1), first, size), samples, height, width, channels, pool, stride);
  } else {
    const x = at(input(op, 0), first, size);
    maxPoolForward(at(output(op, 0), first, out), x, samples, height, width, channels, pool, stride);
  }
}

/** Shapes: pool.ts. */
function averagePool(op: usize, first: u32, samples: u32, backward: bool): void {
  const rows = number(op, 0);
  const channels = number(op, 1);
  const tokens = at(input(op, 1), first, rows);
  if (backward) {
    const dx = at(output(op, 0), first, rows * channels);
    averagePoolBackward(dx, at(input(op, 0), first, channels), tokens, samples, rows, channels);
  } else {
    const x = at(input(op, 0), first, rows * channels);
    averagePoolForward(at(output(op, 0), first, channels), x, tokens, samples, rows, channels);
  }
}

/** to = a + b. All: (samples, size); to may be a or b. */
function add(op: usize, first: u32, samples: u32): void {
  const size = number(op, 0);
  const to = at(output(op, 0), first, size);
  const a = at(input(op, 0), first, size);
  const b = at(input(op, 1), first, size);
  const count = size * samples;
  let i: usize = 0;
  for (; i + 4 <= count; i += 4) {
    v128.store(to + (i << 2), f32x4.add(v128.load(a + (i << 2)), v128.load(b + (i << 2))));
  }
  for (; i < count; i++) f32.store(to + (i << 2), f32.load(a + (i << 2)) + f32.load(b + (i << 2)));
}

/** Dropout while training, else a copy. to, from: (samples, size). */
function drop(op: usize, first: u32, samples: u32): void {
  const size = number(op, 0);
  const to = at(output(op, 0), first, size);
  const from = at(input(op, 0), first, size);
  if (load<u32>(TRAINING) == 0) {
    if (to != from) memory.copy(to, from, (size * samples) << 2);
    return;
  }
  const place = (load<u32>(SAMPLE_BASE) + first) * size;
  dropout(to, from, place, size * samples, fraction(op, 0), load<u32>(DROPOUT_KEY) + number(op, 1) * 0x9e3779b9);
}

/** Performs an operation on the samples `first` to `first + samples`. */
export function performOnSamples(code: u32, op: usize, first: u32, samples: u32, thread: u32): void {
  switch (code) {
    case 1: return denseForward(op, first, samples, thread);
    case 3: return denseBackward(op, first, samples);
    case 5: {
      const size = number(op, 0);
      const x = at(input(op, 0), first, size);
      return activationForward(at(output(op, 0), first, size), x, size * samples, number(op, 1));
    }
    case 6: {
      const size = number(op, 0);
      const dy = at(input(op, 0), first, size);
      const kept = at(input(op, 1), first, size);
      return activationBackward(at(output(op, 0), first, size), dy, kept, size * samples, number(op, 1));
    }
    case 7: return softmax(op, first, samples, false);
    case 8: return softmax(op, first, samples, true);
    case 9:
    case 10:
    case 11: return loss(code, op, first, samples);
    case 13: {
      const length = number(op, 0);
      const width = number(op, 1);
      const tokens = at(input(op, 0), first, length);
      const y = at(output(op, 0), first, length * width);
      return embeddingForward(y, tokens, input(op, 1), input(op, 2), length * samples, length, width, number(op, 2));
    }
    case 16: return layerNorm(op, first, samples, false);
    case 17: return layerNorm(op, first, samples, true);
    case 19: return attention(op, first, samples, thread, false);
    case 20: return attention(op, first, samples, thread, true);
    case 21: return convolution(op, first, samples, thread, false);
    case 23: return convolution(op, first, samples, thread, true);
    case 24: return maxPool(op, first, samples, false);
    case 25: return maxPool(op, first, samples, true);
    case 26: return averagePool(op, first, samples, false);
    case 27: return averagePool(op, first, samples, true);
    case 28: return drop(op, first, samples);
    case 29: return add(op, first, samples);
    default: unreachable();
  }
}

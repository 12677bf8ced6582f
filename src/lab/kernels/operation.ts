/**
 * Codes of the operations that the kernels know, the same as in `assembly/perform-*.ts`. Threads share out the samples of
 * operations with codes below 64, and the parameters of the others.
 */
export const operationCodes = {
  dense: 1,
  denseBackward: 3,
  activation: 5,
  activationBackward: 6,
  softmax: 7,
  softmaxBackward: 8,
  crossEntropy: 9,
  binaryCrossEntropy: 10,
  squaredError: 11,
  embedding: 13,
  layerNorm: 16,
  layerNormBackward: 17,
  attention: 19,
  attentionBackward: 20,
  convolution: 21,
  convolutionBackward: 23,
  maxPool: 24,
  maxPoolBackward: 25,
  averagePool: 26,
  averagePoolBackward: 27,
  dropout: 28,
  add: 29,
  weightGradient: 64,
  biasGradient: 65,
  update: 66,
  embeddingGradient: 67,
  positionGradient: 68,
  layerNormGradient: 69,
  kernelGradient: 70,
  adafactorRows: 80,
  adafactorColumns: 81,
  adafactorScales: 82,
  adafactorApply: 83,
  adafactorVector: 84,
} as const;

/** Name of an operation that the kernels know. */
export type OperationName = keyof typeof operationCodes;

/** Returns whether threads share out the samples of an operation. */
export function sharesBySamples(name: OperationName): boolean {
  return operationCodes[name] < 64;
}

/** Codes of the activations in operations. */
export const activationCodes = { linear: 0, relu: 1, sigmoid: 2, tanh: 3, gelu: 4 } as const;

/** Codes of the optimizers that update each number on its own. */
export const optimizerCodes = { sgd: 1, momentum: 2, adam: 3, adamw: 4, lion: 5 } as const;

/** Bytes of one operation in the program. */
export const operationBytes = 128;

/** Rows of attention scores that a thread computes at a time. */
export const attentionBlock = 32;

/** An operation with the addresses of its tensors; 0 means none. */
export interface EncodedOperation {
  readonly name: OperationName;
  /** Whether all threads must have ended the operations before it. */
  readonly barrier: boolean;
  readonly writes: readonly number[];
  readonly reads: readonly number[];
  readonly numbers: readonly number[];
  readonly fractions: readonly number[];
}

/** Writes an operation at the byte `at` of the memory. Field offsets: `assembly/operation.ts`. */
export function writeOperation(view: DataView, at: number, operation: EncodedOperation): void {
  for (let offset = 0; offset < operationBytes; offset += 4) view.setUint32(at + offset, 0, true);
  view.setUint32(at, operationCodes[operation.name], true);
  view.setUint32(at + 4, operation.barrier ? 1 : 0, true);
  operation.writes.forEach((address, index) => view.setUint32(at + 8 + index * 4, address, true));
  operation.reads.forEach((address, index) => view.setUint32(at + 24 + index * 4, address, true));
  operation.numbers.forEach((value, index) => view.setUint32(at + 48 + index * 4, value, true));
  operation.fractions.forEach((value, index) => view.setFloat32(at + 96 + index * 4, value, true));
}

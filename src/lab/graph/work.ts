import type { Operation } from "./graph.ts";

/** Estimates a kernel's floating-point operations for one sample; a multiply and an add are two. */
export function workOf(operation: Operation): number {
  const [a = 0, b = 0, c = 0, d = 0] = operation.numbers;
  switch (operation.name) {
    case "dense":
    case "denseBackward":
    case "weightGradient":
      return 2 * a * b * c;
    case "convolution":
    case "convolutionBackward":
    case "kernelGradient": {
      // Numbers: height, width, channels, filters, kernel sides, …, output sides. Two sides share one number.
      const sides = operation.numbers[4] ?? 0;
      const out = operation.numbers[8] ?? 0;
      const kernel = (sides & 0xffff) * (sides >>> 16);
      return 2 * (out & 0xffff) * (out >>> 16) * kernel * c * d;
    }
    case "attention":
      return (d === 1 ? 2 : 4) * a * a * b;
    case "attentionBackward":
      return (d === 1 ? 5 : 10) * a * a * b;
    case "embedding":
    case "embeddingGradient":
    case "positionGradient":
    case "averagePool":
    case "averagePoolBackward":
    case "biasGradient":
    case "softmax":
    case "softmaxBackward":
      return 2 * a * b;
    case "layerNorm":
    case "layerNormBackward":
      return 8 * a * b;
    case "layerNormGradient":
      return 5 * a * (operation.numbers[6] ?? 0);
    case "maxPool":
    case "maxPoolBackward":
      return a * b * c;
    case "activation":
    case "activationBackward":
    case "dropout":
    case "add":
      return 4 * a;
    default:
      return 0;
  }
}

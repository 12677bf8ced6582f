import type {
  KerasLayer,
  KerasNetwork,
  KerasOperation,
  KerasShape,
  KerasWeight,
} from "../../description/keras/network/keras-network.ts";

/** Work of one sample. */
export interface KerasWork {
  /** Multiply-adds of products and convolutions; elementwise operations are not counted. */
  readonly multiplyAdds: number;
  /** Elements that calls read and write, without weights. */
  readonly readElements: number;
  readonly writtenElements: number;
  /** True if a size is unknown: the figures are a lower bound. */
  readonly atLeast: boolean;
}

function product(sizes: KerasShape): number {
  return sizes.reduce<number>((all, size) => all * (size ?? 1), 1);
}

function kernelElements(weights: readonly KerasWeight[], prefix: string): number {
  return weights
    .filter(({ name, shape }) => name.startsWith(prefix) && shape.length > 1 && !name.endsWith("bias"))
    .reduce((sum, { shape }) => sum + product(shape), 0);
}

/** Counts the positions of a window's kernel: those of the output, or of the input if it is transposed. */
function placesOf(
  settings: Extract<KerasOperation, { type: "conv" | "conv-transpose" | "depthwise" | "separable" }>,
  input: KerasShape,
  output: KerasShape,
): number {
  const shape = settings.type === "conv-transpose" ? input : output;
  return product(settings.channelsFirst ? shape.slice(2) : shape.slice(1, -1));
}

function attentionAdds(
  settings: Extract<KerasOperation, { type: "attention" }>,
  kernels: number,
  inputs: readonly KerasShape[],
): number {
  const query = product((inputs[0] ?? []).slice(1, -1));
  const keys = product((inputs[1] ?? inputs[0] ?? []).slice(1, -1));
  // Half of the projections are at queries, half at keys, which is exact for self-attention.
  return (
    (kernels * (query + keys)) / 2 + settings.heads * query * keys * (settings.keyWidth + settings.valueWidth)
  );
}

function addsOf(
  settings: KerasOperation,
  weights: readonly KerasWeight[],
  {
    inputs,
    output,
    prefix = "",
  }: {
    readonly inputs: readonly KerasShape[];
    readonly output: KerasShape;
    readonly prefix?: string | undefined;
  },
): number {
  const kernels = kernelElements(weights, prefix);
  const [input = []] = inputs;
  switch (settings.type) {
    case "dense":
      return kernels * product(output.slice(1, -1));
    case "conv":
    case "conv-transpose":
    case "depthwise":
    case "separable":
      return kernels * placesOf(settings, input, output);
    case "recurrent":
      return kernels * (input[1] ?? 1);
    case "conv-lstm": {
      const { rank } = settings;
      const space = settings.channelsFirst ? output.slice(-rank) : output.slice(-rank - 1, -1);
      return kernels * (input[1] ?? 1) * product(space);
    }
    case "bidirectional":
      return (
        addsOf(settings.forward, weights, { inputs, output, prefix: "forward/" }) +
        addsOf(settings.backward, weights, { inputs, output, prefix: "backward/" })
      );
    case "time-distributed": {
      const steps = input[1] ?? 1;
      const inner = [[input[0], ...input.slice(2)]];
      return (
        steps *
        addsOf(settings.layer, weights, { inputs: inner, output: [output[0], ...output.slice(2)], prefix })
      );
    }
    case "einsum": {
      const kernel = weights[0]?.shape ?? [];
      const own = kernel.filter((_, axis) => !settings.inputAxes.includes(settings.kernelAxes[axis] ?? ""));
      return product(input.slice(1)) * product(own);
    }
    case "attention":
      return attentionAdds(settings, kernels, inputs);
    case "network":
      return workOf(settings.network).multiplyAdds;
    default:
      return 0;
  }
}

function requireKnown(shapes: readonly (KerasShape | undefined)[]): readonly KerasShape[] {
  return shapes.filter((shape) => shape !== undefined);
}

function elements(shapes: readonly KerasShape[]): number {
  return shapes.reduce((sum, shape) => sum + product(shape.slice(1)), 0);
}

const works = new WeakMap<KerasNetwork, KerasWork>();

function addWork(network: KerasNetwork): KerasWork {
  const work = { multiplyAdds: 0, readElements: 0, writtenElements: 0, atLeast: network.unknown.length > 0 };
  for (const call of network.calls) {
    const layer: KerasLayer | undefined = network.layers[call.layer];
    if (layer === undefined || layer.operation.type === "input") continue;
    const inputs = requireKnown(call.inputShapes);
    const outputs = requireKnown(call.outputShapes);
    const open = [...call.inputShapes, ...call.outputShapes].some(
      (shape) => shape?.slice(1).includes(undefined) ?? true,
    );
    const followed =
      layer.operation.type !== "other" || !layer.weights?.some(({ shape }) => shape.length > 1);
    if (open || !followed) work.atLeast = true;
    work.multiplyAdds += addsOf(layer.operation, layer.weights ?? [], { inputs, output: outputs[0] ?? [] });
    if (layer.operation.type === "network") {
      const inner = workOf(layer.operation.network);
      work.readElements += inner.readElements;
      work.writtenElements += inner.writtenElements;
      work.atLeast ||= inner.atLeast;
      continue;
    }
    work.readElements += elements(inputs);
    work.writtenElements += elements(outputs);
  }
  return work;
}

/** Counts the multiply-adds of one sample, and the elements it moves, from the shapes of a network's calls. */
export function workOf(network: KerasNetwork): KerasWork {
  const before = works.get(network);
  if (before !== undefined) return before;
  const work = addWork(network);
  works.set(network, work);
  return work;
}

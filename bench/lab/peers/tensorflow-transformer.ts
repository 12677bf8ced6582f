import { dense, lookUp } from "./tensorflow-dense.ts";
import type { DenseWeights, Derivatives } from "./tensorflow-dense.ts";
import type { Core, Tensor, Variable } from "./tensorflow-types.ts";

/** The network of the transformer task, the same in every peer. */
export const transformerSize = {
  vocabulary: 96,
  width: 128,
  context: 128,
  heads: 4,
  layers: 4,
  mlp: 512,
} as const;

const { vocabulary, width, context, heads, layers, mlp } = transformerSize;
const headWidth = width / heads;
const normEpsilon = 1e-5;

/** Makes tokens and the token that follows each, `[batch, context]`, from a fixed seed (32-bit linear congruential generator). */
export function randomTokens(batch: number, seed: number): { input: Int32Array; target: Int32Array } {
  const input = new Int32Array(batch * context);
  const target = new Int32Array(batch * context);
  let state = seed;
  for (let row = 0; row < batch; row++) {
    let token = 0;
    for (let at = 0; at <= context; at++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const next = Math.floor((state / 2 ** 32) * vocabulary);
      if (at > 0) {
        input[row * context + at - 1] = token;
        target[row * context + at - 1] = next;
      }
      token = next;
    }
  }
  return { input, target };
}

/** The network's weights, and its loss over every position of a batch. */
export interface Transformer {
  readonly variables: readonly Variable[];
  readonly parameters: number;
  /** Mean cross-entropy of `[batch, context]` int32 tokens; both tensors are freed by the caller. */
  readonly loss: (input: Tensor, target: Tensor) => Tensor;
  readonly dispose: () => void;
}

interface Norm {
  readonly gain: Variable;
  readonly shift: Variable;
}

interface Weights {
  readonly all: readonly Variable[];
  readonly tokens: Variable;
  readonly positions: Variable;
  readonly blocks: readonly {
    norm1: Norm;
    qkv: DenseWeights;
    out: DenseWeights;
    norm2: Norm;
    up: DenseWeights;
    down: DenseWeights;
  }[];
  readonly norm: Norm;
  readonly output: DenseWeights;
}

/** Makes normal weights of deviation 0.02, as in GPT-2; biases 0, gains 1. */
function makeWeights(core: Core): Weights {
  const all: Variable[] = [];
  const keep = (value: Tensor): Variable => {
    const variable = core.variable(value);
    value.dispose();
    all.push(variable);
    return variable;
  };
  const normal = (...shape: readonly number[]): Variable =>
    keep(core.randomNormal(shape, 0, 0.02, "float32", 1 + all.length));
  const dense = (inputs: number, outputs: number): DenseWeights => ({
    weight: normal(inputs, outputs),
    bias: keep(core.zeros([outputs])),
  });
  const norm = (): Norm => ({ gain: keep(core.ones([width])), shift: keep(core.zeros([width])) });
  const tokens = normal(vocabulary, width);
  const positions = normal(context, width);
  const blocks = Array.from({ length: layers }, () => ({
    norm1: norm(),
    qkv: dense(width, 3 * width),
    out: dense(width, width),
    norm2: norm(),
    up: dense(width, mlp),
    down: dense(mlp, width),
  }));
  return { all, tokens, positions, blocks, norm: norm(), output: dense(width, vocabulary) };
}

/** Computes the exact gelu: x/2 (1 + erf(x / sqrt 2)). */
const gelu = (core: Core, x: Tensor): Tensor =>
  core.mul(core.mul(x, 0.5), core.add(core.erf(core.mul(x, Math.SQRT1_2)), 1));

function layerNorm(core: Core, x: Tensor, { gain, shift }: Norm): Tensor {
  const centred = core.sub(x, core.mean(x, -1, true));
  const scale = core.rsqrt(core.add(core.mean(core.square(centred), -1, true), normEpsilon));
  return core.add(core.mul(core.mul(centred, scale), gain), shift);
}

/** Computes causal attention. qkv: `[batch * context, 3 * width]`; `mask` is added to the scores. */
function attention(core: Core, qkv: Tensor, mask: Tensor): Tensor {
  const split = core
    .split(qkv, 3, 1)
    .map((part) => core.transpose(core.reshape(part, [-1, context, heads, headWidth]), [0, 2, 1, 3]));
  const [query, key, value] = split as [Tensor, Tensor, Tensor];
  const scores = core.mul(core.matMul(query, key, false, true), 1 / Math.sqrt(headWidth));
  const read = core.matMul(core.softmax(core.add(scores, mask)), value);
  return core.reshape(core.transpose(read, [0, 2, 1, 3]), [-1, width]);
}

/**
 * Makes a decoder-only transformer with pre-layer-norm blocks and learned positions. Token embeddings are a matrix product
 * with one-hot rows: the derivative of `gather` needs a kernel (UnsortedSegmentSum) that the WebAssembly backend
 * lacks, and the product is half a percent of a step's operations.
 */
export function makeTransformer(core: Core, derivatives: Derivatives): Transformer {
  const weights = core.tidy(() => makeWeights(core));
  const size = context * context;
  const blocked = Float32Array.from({ length: size }, (_, at) =>
    at % context > Math.floor(at / context) ? -1e9 : 0,
  );
  const mask = core.tensor(blocked, [context, context], "float32");
  const oneHot = (tokens: Tensor): Tensor =>
    core.cast(core.oneHot(core.reshape(tokens, [-1]), vocabulary), "float32");
  const apply = (x: Tensor, layer: DenseWeights): Tensor =>
    dense(core, x, layer, { derivatives, activation: "linear", inputIsTrained: true });
  const logits = (input: Tensor): Tensor => {
    const rows = lookUp(core, oneHot(input), weights.tokens, derivatives);
    const tokens = core.reshape(rows, [-1, context, width]);
    let x = core.reshape(core.add(tokens, weights.positions), [-1, width]);
    for (const { norm1, qkv, out, norm2, up, down } of weights.blocks) {
      const read = attention(core, apply(layerNorm(core, x, norm1), qkv), mask);
      x = core.add(x, apply(read, out));
      const inner = gelu(core, apply(layerNorm(core, x, norm2), up));
      x = core.add(x, apply(inner, down));
    }
    return apply(layerNorm(core, x, weights.norm), weights.output);
  };
  return {
    variables: weights.all,
    parameters: weights.all.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
    loss: (input, target) => core.losses.softmaxCrossEntropy(oneHot(target), logits(input)),
    dispose: () => {
      for (const variable of weights.all) variable.dispose();
      mask.dispose();
    },
  };
}

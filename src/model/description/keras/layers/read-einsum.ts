import type { KerasShape } from "../network/keras-network.ts";
import { activationOf, layerFault, partialSizes, sizeOf, valueOf } from "./layer-config.ts";
import type { LayerConfig } from "./layer-config.ts";
import { nonlinear, inputOf, weight } from "./layer-kind.ts";
import type { LayerKind } from "./layer-kind.ts";

/** Letters of one side: a tensor has at most 16 axes. */
const maxAxes = 16;

interface Equation {
  readonly input: string;
  readonly kernel: string;
  readonly output: string;
  /** Whether "..." is before or after the letters. */
  readonly elided: "before" | "after" | undefined;
}

function readEquation(config: LayerConfig): Equation {
  const given = valueOf(config, "equation");
  const text = typeof given === "string" ? given.replaceAll(/\s/gu, "").slice(0, 4 * maxAxes) : "";
  const parts = /^(\.\.\.)?([a-z]{1,16})(\.\.\.)?,([a-z]{1,16})->(\.\.\.)?([a-z]{1,16})(\.\.\.)?$/iu.exec(
    text,
  );
  const [, before, input = "", after, kernel = "", beforeToo, output = "", afterToo] = parts ?? [];
  const fits = before === beforeToo && after === afterToo && !(before !== undefined && after !== undefined);
  if (parts === null || !fits)
    throw layerFault(config.file, config.layer, "equation must have the form ab,bc->ac or ...a,ab->...b");
  const elided = before !== undefined ? "before" : after !== undefined ? "after" : undefined;
  return { input, kernel, output, elided };
}

/** Reads the declared output, without the batch. Sizes that follow from the input are undefined. */
function readOutput(config: LayerConfig): KerasShape {
  return typeof valueOf(config, "output_shape") === "number"
    ? [sizeOf(config, "output_shape")]
    : (partialSizes(config, "output_shape") ?? []);
}

/** Sizes of all axes that letters name, and of the complete output (Keras' _analyze_einsum_string). */
interface Sizes {
  readonly letters: ReadonlyMap<string, number | undefined>;
  readonly output: KerasShape;
  readonly elided: number;
}

function sizesFor(config: LayerConfig, equation: Equation, input: KerasShape): Sizes {
  const elided = input.length - equation.input.length;
  if (elided < 0 || (elided > 0 && equation.elided === undefined))
    throw layerFault(
      config.file,
      config.layer,
      `equation does not match its input of ${input.length} dimensions`,
    );
  const start = equation.elided === "before" ? elided : 0;
  const declared = readOutput(config);
  const output =
    equation.elided === "after" && elided > 0
      ? [input[0], ...declared, ...input.slice(-elided)]
      : [...input.slice(0, Math.max(start, 1)), ...declared];
  const letters = new Map<string, number | undefined>();
  [...equation.input].forEach((letter, axis) => letters.set(letter, input[axis + start]));
  [...equation.output].forEach((letter, axis) =>
    letters.set(letter, output[axis + start] ?? letters.get(letter)),
  );
  const named = output.map((size, axis) => size ?? letters.get(equation.output[axis - start] ?? ""));
  return { letters, output: named.map((size, axis) => (axis === 0 ? undefined : size)), elided };
}

function sizeOfLetter(config: LayerConfig, sizes: Sizes, letter: string): number {
  const size = sizes.letters.get(letter);
  if (size !== undefined) return size;
  throw layerFault(
    config.file,
    config.layer,
    `equation: the size of its kernel's axis ${letter} is unknown. Give it in output_shape`,
  );
}

/** Returns the shape of a bias along the named axes, with 1 for those between and after them. */
function biasShape(config: LayerConfig, equation: Equation, sizes: Sizes, axes: string): readonly number[] {
  const from = Math.min(...[...axes].map((letter) => equation.output.indexOf(letter)));
  if (from < 0) throw layerFault(config.file, config.layer, "bias_axes must be axes of the output");
  const own = Array.from(equation.output.slice(from), (letter) =>
    axes.includes(letter) ? sizeOfLetter(config, sizes, letter) : 1,
  );
  return equation.elided === "after" ? [...own, ...Array.from({ length: sizes.elided }, () => 1)] : own;
}

/** Reads a product with a kernel along axes that letters name. */
export function readEinsum(config: LayerConfig): LayerKind {
  const equation = readEquation(config);
  const given = valueOf(config, "bias_axes");
  const biasAxes = typeof given === "string" ? given : "";
  const activation = activationOf(config, "activation");
  return {
    operation: { type: "einsum", inputAxes: equation.input, kernelAxes: equation.kernel },
    activations: nonlinear(activation),
    build: (inputs) => {
      const sizes = sizesFor(config, equation, inputOf(config, inputs, 1, maxAxes));
      const kernel = Array.from(equation.kernel, (letter) => sizeOfLetter(config, sizes, letter));
      const bias = biasAxes === "" ? [] : [weight("bias", ...biasShape(config, equation, sizes, biasAxes))];
      return { weights: [weight("kernel", ...kernel), ...bias], outputs: [sizes.output] };
    },
  };
}

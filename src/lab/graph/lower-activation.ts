import { activationCodes } from "../kernels/operation.ts";
import type { ActivationLayer } from "../network/layer.ts";
import type { Builder } from "./builder.ts";
import type { Lowered, Value } from "./value.ts";
import { addInto, elementsOfValue, newValue, rowsOf, widthOf } from "./value.ts";

/** Lowers y = softmax(x). x, y: (rows, width). */
function lowerSoftmax(builder: Builder, path: string, input: Value): Lowered {
  const output = newValue(builder, input.dimensions, `${path} output`, input.mask);
  const numbers = [rowsOf(input), widthOf(input)];
  builder.emit({
    name: "softmax",
    writes: [output.tensor],
    reads: [input.tensor],
    numbers,
    mayReplace: [0],
  });
  return {
    output,
    backward: (request) =>
      addInto(builder, request, { input, path }, (to) =>
        builder.emit({
          name: "softmaxBackward",
          writes: [to],
          reads: [request.dy, output.tensor],
          numbers,
          mayReplace: [0],
        }),
      ),
  };
}

/** Lowers an activation that is a layer of its own: y = f(x). x, y: (..., width). */
export function lowerActivation(
  builder: Builder,
  type: ActivationLayer["type"],
  path: string,
  input: Value,
): Lowered {
  if (type === "softmax") return lowerSoftmax(builder, path, input);
  const output = newValue(builder, input.dimensions, `${path} output`, input.mask);
  const numbers = [elementsOfValue(input), activationCodes[type]];
  builder.emit({
    name: "activation",
    writes: [output.tensor],
    reads: [input.tensor],
    numbers,
    mayReplace: [0],
  });
  // The derivative of gelu needs the input; those of the others follow from the output.
  const kept = type === "gelu" ? input.tensor : output.tensor;
  return {
    output,
    backward: (request) =>
      addInto(builder, request, { input, path }, (to) =>
        builder.emit({
          name: "activationBackward",
          writes: [to],
          reads: [request.dy, kept],
          numbers,
          mayReplace: [0, 1],
        }),
      ),
  };
}

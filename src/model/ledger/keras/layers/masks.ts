import type { KerasOperation } from "../../../description/keras/network/keras-network.ts";
import { broadcast, cast, onesLike } from "../operations/basic.ts";
import { concat, expandDims } from "../operations/moving.ts";
import { outputOf } from "../operations/held-tensor.ts";
import type { Held } from "../operations/held-tensor.ts";
import type { TensorMachine } from "../operations/tensor-machine.ts";
import { embeddingMask } from "./dense-layers.ts";
import { stepMask } from "./shape-layers.ts";

const passing: ReadonlySet<KerasOperation["type"]> = new Set([
  "dense",
  "activation",
  "noise",
  "masking",
  "batch-norm",
  "layer-norm",
  "relu",
  "prelu",
  "merge",
  "concatenate",
  "dot",
  "recurrent",
  "conv-lstm",
  "bidirectional",
  "time-distributed",
]);

/** Whether a layer passes on or makes a mask. */
export function masking(settings: KerasOperation): boolean {
  return settings.type === "embedding" ? settings.maskZero : passing.has(settings.type);
}

/** Flattens all axes but the last into one batch. */
function mergeMasks(m: TensorMachine, masks: readonly (Held | undefined)[]): Held | undefined {
  if (masks.every((mask) => mask === undefined)) return undefined;
  return m.tidy(() => {
    const wide = masks.map((mask) => (mask === undefined ? undefined : expandDims(m, mask, 0)));
    let output = wide[0];
    for (const mask of wide.slice(1, -1)) {
      if (output !== undefined && mask !== undefined)
        output = m.run(
          "LogicalAnd",
          { a: output, b: mask },
          outputOf(broadcast(m, output.shape, mask.shape), "bool"),
        );
    }
    return [output];
  })[0];
}

function concatenateMasks(
  m: TensorMachine,
  inputs: readonly Held[],
  masks: readonly (Held | undefined)[],
  axis: number,
): Held | undefined {
  if (masks.every((mask) => mask === undefined)) return undefined;
  return m.tidy(() => {
    const all = inputs.map((input, index) => {
      const mask = masks[index];
      if (mask === undefined) return cast(m, onesLike(m, input), "bool");
      return mask.shape.length < input.shape.length ? expandDims(m, mask, -1) : mask;
    });
    const joined = concat(m, all, axis < 0 ? axis + (inputs[0]?.shape.length ?? 1) : axis);
    return m.run("All", { x: joined }, outputOf(joined.shape.slice(0, -1), "bool"));
  });
}

/** Computes the mask of a layer's output from those of its inputs. */
export function maskAfter(
  m: TensorMachine,
  settings: KerasOperation,
  inputs: readonly Held[],
  masks: readonly (Held | undefined)[],
): Held | undefined {
  const [input] = inputs;
  if (input === undefined || !masking(settings)) return undefined;
  if (settings.type === "embedding") return embeddingMask(m, input);
  if (settings.type === "masking") return stepMask(m, input, false);
  if (settings.type === "merge") return mergeMasks(m, masks);
  if (settings.type === "concatenate") return concatenateMasks(m, inputs, masks, settings.axis);
  if (settings.type === "dot") return undefined;
  if (settings.type === "recurrent" || settings.type === "conv-lstm")
    return settings.sequences ? masks[0] : undefined;
  if (settings.type === "bidirectional") {
    const { forward } = settings;
    return (forward.type === "recurrent" || forward.type === "conv-lstm") && forward.sequences
      ? masks[0]
      : undefined;
  }
  return masks[0];
}

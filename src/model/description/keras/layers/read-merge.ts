import type { KerasOperation, KerasShape } from "../network/keras-network.ts";
import { axisOf, axesOf, flagOf, layerFault } from "./layer-config.ts";
import type { LayerConfig } from "./layer-config.ts";
import { axisFrom, inputOf, plain, formatShape } from "./layer-kind.ts";
import type { LayerKind, ReadKind } from "./layer-kind.ts";

function fault(config: LayerConfig, one: KerasShape, two: KerasShape): Error {
  return layerFault(
    config.file,
    config.layer,
    `the shapes ${formatShape(one)} and ${formatShape(two)} are incompatible`,
  );
}

/** Broadcasts two shapes, aligned at their last axes: sizes must be equal, or one of them 1. Errors: `invalid-data`. */
export function broadcast(config: LayerConfig, one: KerasShape, two: KerasShape): KerasShape {
  const [long, short] = one.length >= two.length ? [one, two] : [two, one];
  const skipped = long.length - short.length;
  return long.map((size, axis) => {
    const other = axis < skipped ? 1 : short[axis - skipped];
    if (axis === 0 || size === undefined || other === undefined)
      return size === 1 ? other : other === 1 ? size : undefined;
    if (size !== other && size !== 1 && other !== 1) throw fault(config, one, two);
    return size === 1 ? other : size;
  });
}

type MergeMode = Extract<KerasOperation, { type: "merge" }>["mode"];

function readMerge(mode: MergeMode): ReadKind {
  return (config) =>
    plain({ type: "merge", mode }, (first, inputs) => {
      // Keras 3 writes the sum of a tensor and a number as a layer with one input.
      // The batch matches any missing leading axis.
      return inputs
        .slice(1)
        .reduce<KerasShape>(
          (shape, other) => [
            undefined,
            ...broadcast(config, [1, ...shape.slice(1)], [1, ...other.slice(1)]).slice(1),
          ],
          first,
        );
    });
}

function readConcatenate(config: LayerConfig): LayerKind {
  const axis = axisOf(config, "axis", -1);
  return plain({ type: "concatenate", axis }, (first, inputs) => {
    const at = axisFrom(config, axis, first.length);
    for (const other of inputs) {
      const alike =
        other.length === first.length &&
        other.every(
          (size, index) =>
            index === at || size === undefined || first[index] === undefined || size === first[index],
        );
      if (!alike) throw fault(config, first, other);
    }
    const sizes = inputs.map((input) => input[at]);
    const sum = sizes.reduce<number | undefined>(
      (all, size) => (all === undefined || size === undefined ? undefined : all + size),
      0,
    );
    return first.map((size, index) => (index === at ? sum : size));
  });
}

function readDot(config: LayerConfig): LayerKind {
  const given = axesOf(config, "axes", [-1]);
  const axes: readonly [number, number] = [given[0] ?? -1, given[1] ?? given[0] ?? -1];
  const normalize = flagOf(config, "normalize", false);
  return plain({ type: "dot", axes, normalize }, (_, inputs) => {
    if (inputs.length !== 2)
      throw layerFault(config.file, config.layer, `got ${inputs.length} inputs, allowed: 2`);
    const [one = [], two = []] = [inputOf(config, inputs, 2, 8), inputOf(config, inputs.slice(1), 2, 8)];
    const first = axisFrom(config, axes[0], one.length);
    const second = axisFrom(config, axes[1], two.length);
    if (one[first] !== undefined && two[second] !== undefined && one[first] !== two[second])
      throw fault(config, one, two);
    const shape = [
      ...one.filter((__, axis) => axis !== first),
      ...two.filter((__, axis) => axis !== second && axis !== 0),
    ];
    return shape.length === 1 ? [...shape, 1] : shape;
  });
}

/** Layers with several inputs, by class. */
export const mergeKinds: Readonly<Record<string, ReadKind>> = {
  Add: readMerge("add"),
  Multiply: readMerge("multiply"),
  Average: readMerge("average"),
  Maximum: readMerge("maximum"),
  Minimum: readMerge("minimum"),
  Subtract: readMerge("subtract"),
  Concatenate: readConcatenate,
  Dot: readDot,
};

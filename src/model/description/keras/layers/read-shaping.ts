import { channelsFirst, layerFault, sizeOf, sizesOf, valueOf, wordOf } from "./layer-config.ts";
import type { LayerConfig } from "./layer-config.ts";
import { inputOf, plain, formatShape } from "./layer-kind.ts";
import type { LayerKind, ReadKind } from "./layer-kind.ts";
import type { KerasShape } from "../network/keras-network.ts";
import { imageShape, spaceOf } from "./window-shape.ts";

/** Counts the elements of one sample; undefined if a size is variable. */
function product(sizes: KerasShape): number | undefined {
  let all = 1;
  for (const size of sizes) {
    if (size === undefined) return undefined;
    all *= size;
  }
  return all;
}

function readFlatten(config: LayerConfig): LayerKind {
  return plain({ type: "flatten", channelsFirst: channelsFirst(config) }, (input) => [
    undefined,
    product(input.slice(1)),
  ]);
}

/** Reads the target sizes, at most one of them -1. */
function readTarget(config: LayerConfig): readonly number[] {
  const value = valueOf(config, "target_shape");
  const list: readonly unknown[] = Array.isArray(value) ? value.map((size: unknown) => size ?? -1) : [];
  const good = list.every((size) => Number.isInteger(size) && Number(size) >= -1 && Number(size) < 2 ** 31);
  if (!Array.isArray(value) || !good || list.length > 16 || list.filter((size) => size === -1).length > 1)
    throw layerFault(config.file, config.layer, "target_shape must be whole numbers, at most one of them -1");
  return list as readonly number[];
}

function readReshape(config: LayerConfig): LayerKind {
  const target = readTarget(config);
  return plain({ type: "reshape", target }, (input) => {
    const elements = product(input.slice(1));
    const known = target.reduce((all, size) => (size === -1 ? all : all * size), 1);
    const open = target.includes(-1);
    if (elements === undefined) return [undefined, ...target.map((size) => (size === -1 ? undefined : size))];
    if (open ? known === 0 || elements % known !== 0 : elements !== known)
      throw layerFault(
        config.file,
        config.layer,
        `${elements} elements cannot be reshaped to ${formatShape(target)}`,
      );
    return [undefined, ...target.map((size) => (size === -1 ? elements / known : size))];
  });
}

function readPermute(config: LayerConfig): LayerKind {
  const value = valueOf(config, "dims");
  const axes: readonly unknown[] = Array.isArray(value) ? value : [];
  const sorted = axes.toSorted();
  if (axes.length === 0 || axes.length > 9 || !sorted.every((axis, index) => axis === index + 1))
    throw layerFault(config.file, config.layer, "dims must be all axes from 1, each once");
  const order = axes as readonly number[];
  return plain({ type: "permute", axes: order }, (_, inputs) => {
    const input = inputOf(config, inputs, order.length + 1);
    return [undefined, ...order.map((axis) => input[axis])];
  });
}

function readRepeat(config: LayerConfig): LayerKind {
  const count = sizeOf(config, "n");
  return plain({ type: "repeat", count }, (_, inputs) => [undefined, count, inputOf(config, inputs, 2)[1]]);
}

/** Reads the amounts before and after each axis: one number, one for each axis, or pairs. */
function readAmounts(
  config: LayerConfig,
  name: string,
  rank: number,
): readonly (readonly [number, number])[] {
  const value = valueOf(config, name) ?? 1;
  const axes: readonly unknown[] =
    Array.isArray(value) && !(rank === 1 && value.length === 2)
      ? value
      : Array.from({ length: rank }, () => value);
  const pairs = axes.map((axis): readonly unknown[] => (Array.isArray(axis) ? axis : [axis, axis]));
  const good = pairs.every(
    (pair) =>
      pair.length === 2 && pair.every((n) => Number.isInteger(n) && Number(n) >= 0 && Number(n) < 2 ** 31),
  );
  if (pairs.length !== rank || !good)
    throw layerFault(
      config.file,
      config.layer,
      `${name} must be a number, ${rank} numbers, or ${rank} pairs`,
    );
  return pairs as unknown as readonly (readonly [number, number])[];
}

function readEdges(type: "crop" | "pad", rank: number): ReadKind {
  return (config) => {
    const amounts = readAmounts(config, type === "crop" ? "cropping" : "padding", rank);
    const first = channelsFirst(config);
    return plain({ type, amounts, channelsFirst: first }, (_, inputs) => {
      const input = inputOf(config, inputs, rank + 2);
      const space = spaceOf(input, first).map((size, axis) => {
        const [before = 0, after = 0] = amounts[axis] ?? [];
        if (size === undefined) return undefined;
        const left = type === "crop" ? size - before - after : size + before + after;
        if (left < 1)
          throw layerFault(
            config.file,
            config.layer,
            `cropping leaves nothing of its input ${formatShape(input)}`,
          );
        return left;
      });
      return imageShape(space, input.at(first ? 1 : -1), first);
    });
  };
}

function readUpsampling(rank: number): ReadKind {
  return (config) => {
    const factors = sizesOf(
      config,
      "size",
      rank,
      Array.from({ length: rank }, () => 2),
    );
    const first = rank > 1 && channelsFirst(config);
    const nearest =
      wordOf(
        config,
        "interpolation",
        ["nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"],
        "nearest",
      ) === "nearest";
    return plain({ type: "upsample", factors, channelsFirst: first, nearest }, (_, inputs) => {
      const input = inputOf(config, inputs, rank + 2);
      const space = spaceOf(input, first).map((size, axis) =>
        size === undefined ? undefined : size * (factors[axis] ?? 1),
      );
      return imageShape(space, input.at(first ? 1 : -1), first);
    });
  };
}

/** Returns what resizes images of any size to `height` x `width`. */
function resizeTo(config: LayerConfig, height: number, width: number): LayerKind["build"] {
  const first = channelsFirst(config);
  return (inputs) => {
    const input = inputOf(config, inputs, 4);
    return { weights: [], outputs: [imageShape([height, width], input.at(first ? 1 : -1), first)] };
  };
}

function readResizing(config: LayerConfig): LayerKind {
  const height = sizeOf(config, "height");
  const width = sizeOf(config, "width");
  const given = valueOf(config, "interpolation") ?? "bilinear";
  return {
    operation: { type: "resize", height, width, nearest: given === "nearest" },
    activations: [],
    build: resizeTo(config, height, width),
  };
}

function readCenterCrop(config: LayerConfig): LayerKind {
  const height = sizeOf(config, "height");
  const width = sizeOf(config, "width");
  return {
    operation: { type: "center-crop", height, width },
    activations: [],
    build: resizeTo(config, height, width),
  };
}

/** Layers that move values without computing, by class. */
export const shapingKinds: Readonly<Record<string, ReadKind>> = {
  Flatten: readFlatten,
  Reshape: readReshape,
  Permute: readPermute,
  RepeatVector: readRepeat,
  Cropping1D: readEdges("crop", 1),
  Cropping2D: readEdges("crop", 2),
  Cropping3D: readEdges("crop", 3),
  ZeroPadding1D: readEdges("pad", 1),
  ZeroPadding2D: readEdges("pad", 2),
  ZeroPadding3D: readEdges("pad", 3),
  UpSampling1D: readUpsampling(1),
  UpSampling2D: readUpsampling(2),
  UpSampling3D: readUpsampling(3),
  Resizing: readResizing,
  CenterCrop: readCenterCrop,
};

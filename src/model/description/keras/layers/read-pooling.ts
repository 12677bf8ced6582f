import { channelsFirst, flagOf, sizesOf, valueOf, wordOf } from "./layer-config.ts";
import type { LayerConfig } from "./layer-config.ts";
import { inputOf, plain } from "./layer-kind.ts";
import type { ReadKind } from "./layer-kind.ts";
import type { WindowSettings } from "../network/operation.ts";
import { windowShape } from "./window-shape.ts";

function readWindow(config: LayerConfig, rank: number): WindowSettings {
  const twos = Array.from({ length: rank }, () => 2);
  // Keras 1 calls it pool_length for one axis.
  const name = valueOf(config, "pool_size") === undefined && rank === 1 ? "pool_length" : "pool_size";
  const kernel = sizesOf(config, name, rank, twos);
  return {
    rank,
    kernel,
    strides: sizesOf(config, "strides", rank, kernel),
    dilation: Array.from({ length: rank }, () => 1),
    padding: wordOf(config, "padding", ["valid", "same"], "valid"),
    channelsFirst: channelsFirst(config),
  };
}

function readPool(mode: "max" | "average", rank: number): ReadKind {
  return (config) => {
    const settings = readWindow(config, rank);
    return plain({ type: "pool", mode, ...settings }, (_, inputs) => {
      const input = inputOf(config, inputs, rank + 2);
      return windowShape(config, input, { settings, channels: input.at(settings.channelsFirst ? 1 : -1) });
    });
  };
}

function readGlobal(mode: "max" | "average", rank: number): ReadKind {
  return (config) => {
    const first = channelsFirst(config);
    const keep = flagOf(config, "keepdims", false);
    return plain({ type: "global-pool", mode, rank, keep, channelsFirst: first }, (_, inputs) => {
      const channels = inputOf(config, inputs, rank + 2).at(first ? 1 : -1);
      const ones = Array.from({ length: rank }, () => 1);
      if (!keep) return [undefined, channels];
      return first ? [undefined, channels, ...ones] : [undefined, ...ones, channels];
    });
  };
}

/** Pooling layers by class. Names such as "AvgPool2D" are aliases in Keras. */
export const poolingKinds: Readonly<Record<string, ReadKind>> = Object.fromEntries(
  [1, 2, 3].flatMap((rank) => [
    [`MaxPooling${rank}D`, readPool("max", rank)],
    [`MaxPool${rank}D`, readPool("max", rank)],
    [`AveragePooling${rank}D`, readPool("average", rank)],
    [`AvgPool${rank}D`, readPool("average", rank)],
    [`GlobalMaxPooling${rank}D`, readGlobal("max", rank)],
    [`GlobalMaxPool${rank}D`, readGlobal("max", rank)],
    [`GlobalAveragePooling${rank}D`, readGlobal("average", rank)],
    [`GlobalAvgPool${rank}D`, readGlobal("average", rank)],
  ]),
);

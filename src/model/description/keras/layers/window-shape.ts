import type { KerasShape } from "../network/keras-network.ts";
import type { LayerConfig } from "./layer-config.ts";
import { layerFault } from "./layer-config.ts";
import { formatShape } from "./layer-kind.ts";
import type { WindowSettings } from "../network/operation.ts";

/** Counts the positions of a window along one axis (Keras' conv_output_length). */
function countPositions(size: number, settings: WindowSettings, axis: number): number {
  const stride = settings.strides[axis] ?? 1;
  if (settings.padding !== "valid") return Math.ceil(size / stride);
  const reach = ((settings.kernel[axis] ?? 1) - 1) * (settings.dilation[axis] ?? 1) + 1;
  return Math.ceil((size - reach + 1) / stride);
}

/** Returns the length after a transposed convolution (Keras' deconv_output_length). */
function stretchLength(size: number, settings: WindowSettings, axis: number): number {
  const stride = settings.strides[axis] ?? 1;
  const reach = ((settings.kernel[axis] ?? 1) - 1) * (settings.dilation[axis] ?? 1) + 1;
  const added = settings.outputPadding?.[axis];
  if (added === undefined)
    return settings.padding === "same" ? size * stride : size * stride + Math.max(reach - stride, 0);
  return (size - 1) * stride + (settings.padding === "same" ? reach % 2 : reach) + added;
}

/** Returns the sizes of the axes that a window moves over, without batch and channels. */
export function spaceOf(shape: KerasShape, channelsFirst: boolean): KerasShape {
  return channelsFirst ? shape.slice(2) : shape.slice(1, -1);
}

/** Returns a shape of batch, space and channels. */
export function imageShape(
  space: KerasShape,
  channels: number | undefined,
  channelsFirst: boolean,
): KerasShape {
  return channelsFirst ? [undefined, channels, ...space] : [undefined, ...space, channels];
}

/** Returns the output shape of a convolution or pooling. Errors: `invalid-data` if the window is larger than the input. */
export function windowShape(
  config: LayerConfig,
  input: KerasShape,
  {
    settings,
    channels,
    transposed = false,
  }: {
    readonly settings: WindowSettings;
    readonly channels: number | undefined;
    readonly transposed?: boolean | undefined;
  },
): KerasShape {
  const space = spaceOf(input, settings.channelsFirst).map((size, axis) => {
    if (size === undefined) return undefined;
    const after = transposed ? stretchLength(size, settings, axis) : countPositions(size, settings, axis);
    if (after < 1 || !Number.isSafeInteger(after))
      throw layerFault(
        config.file,
        config.layer,
        `a window of ${settings.kernel.join(" x ")} does not fit into its input ${formatShape(input)}`,
      );
    return after;
  });
  return imageShape(space, channels, settings.channelsFirst);
}

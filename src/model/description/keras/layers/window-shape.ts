import type { KerasShape } from "../network/keras-network.ts";
import type { LayerConfig } from "./layer-config.ts";
import { layerFault } from "./layer-config.ts";
import { shapeSaid } from "./layer-kind.ts";
import type { WindowSettings } from "../network/operation.ts";

/** Places that a window takes along one axis (Keras' conv_output_length). */
function places(size: number, settings: WindowSettings, axis: number): number {
  const stride = settings.strides[axis] ?? 1;
  if (settings.padding !== "valid") return Math.ceil(size / stride);
  const reach = ((settings.kernel[axis] ?? 1) - 1) * (settings.dilation[axis] ?? 1) + 1;
  return Math.ceil((size - reach + 1) / stride);
}

/** Length after a transposed convolution (Keras' deconv_output_length). */
function grown(size: number, settings: WindowSettings, axis: number): number {
  const stride = settings.strides[axis] ?? 1;
  const reach = ((settings.kernel[axis] ?? 1) - 1) * (settings.dilation[axis] ?? 1) + 1;
  const added = settings.outputPadding?.[axis];
  if (added === undefined)
    return settings.padding === "same" ? size * stride : size * stride + Math.max(reach - stride, 0);
  return (size - 1) * stride + (settings.padding === "same" ? reach % 2 : reach) + added;
}

/** Sizes of the axes a window moves over, without batch and channels. */
export function spaceOf(shape: KerasShape, channelsFirst: boolean): KerasShape {
  return channelsFirst ? shape.slice(2) : shape.slice(1, -1);
}

/** A shape of batch, space and channels. */
export function imageShape(
  space: KerasShape,
  channels: number | undefined,
  channelsFirst: boolean,
): KerasShape {
  return channelsFirst ? [undefined, channels, ...space] : [undefined, ...space, channels];
}

/** Output of a window over an input: a convolution's or a pool's. Throws `invalid-data` where the window is larger. */
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
    const after = transposed ? grown(size, settings, axis) : places(size, settings, axis);
    if (after < 1 || !Number.isSafeInteger(after))
      throw layerFault(
        config.file,
        config.layer,
        `a window of ${settings.kernel.join(" x ")} does not fit its input ${shapeSaid(input)}`,
      );
    return after;
  });
  return imageShape(space, channels, settings.channelsFirst);
}

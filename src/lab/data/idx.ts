import { LoadlineError } from "../../shared/errors.ts";

/** Images of one size as bytes, 0 (background) to 255, one after the other. */
export interface IdxImages {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** [count, height, width] */
  readonly pixels: Uint8Array;
}

/** First word of an IDX file of bytes: with three dimensions for images, with one for labels. */
const imageMagic = 0x00000803;
const labelMagic = 0x00000801;
/** Real data sets have far smaller images; the limit also keeps the product of the sides exact. */
const maxSide = 65_536;

function refuse(file: string, at: number, message: string): never {
  throw new LoadlineError("invalid-data", `${file}, byte ${at}: ${message}`, { details: { file, byte: at } });
}

function openIdx(bytes: Uint8Array, file: string, magic: number, headerBytes: number): DataView {
  if (bytes.length < headerBytes) {
    refuse(
      file,
      bytes.length,
      `got a file of ${bytes.length} bytes, allowed: at least its header of ${headerBytes}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const got = view.getUint32(0);
  const hex = (value: number): string => `0x${value.toString(16).padStart(8, "0")}`;
  if (got !== magic) refuse(file, 0, `got the magic number ${hex(got)}, allowed: ${hex(magic)}`);
  return view;
}

/** Reads the images of an IDX file as a view of its bytes. Errors: `invalid-data` with file and byte. */
export function readIdxImages(bytes: Uint8Array, file: string): IdxImages {
  const header = 16;
  const view = openIdx(bytes, file, imageMagic, header);
  const [count, height, width] = [view.getUint32(4), view.getUint32(8), view.getUint32(12)];
  for (const [side, at] of [
    [height, 8],
    [width, 12],
  ] as const) {
    if (side < 1 || side > maxSide) refuse(file, at, `got a side of ${side}, allowed: 1 to ${maxSide}`);
  }
  if (count === 0) refuse(file, 4, "got 0 images, allowed: at least 1");
  const wanted = header + count * height * width;
  if (bytes.length !== wanted) {
    refuse(
      file,
      Math.min(bytes.length, wanted),
      `got ${bytes.length} bytes, allowed: ${wanted} for ${count} images of ${height} x ${width}`,
    );
  }
  return { count, height, width, pixels: bytes.subarray(header) };
}

/** Reads the labels of an IDX file as a view of its bytes. Errors: `invalid-data` with file and byte, also for a label of `classes` or more. */
export function readIdxLabels(bytes: Uint8Array, file: string, classes: number): Uint8Array {
  const header = 8;
  const view = openIdx(bytes, file, labelMagic, header);
  const count = view.getUint32(4);
  if (bytes.length !== header + count) {
    const wanted = header + count;
    refuse(
      file,
      Math.min(bytes.length, wanted),
      `got ${bytes.length} bytes, allowed: ${wanted} for ${count} labels`,
    );
  }
  const labels = bytes.subarray(header);
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong >= 0)
    refuse(file, header + wrong, `got the label ${labels[wrong]}, allowed: 0 to ${classes - 1}`);
  return labels;
}

import { crc32, deflateSync } from "node:zlib";
import { LoadlineError } from "../../shared/errors.ts";
import { requireInteger, requireKnownFields } from "../../shared/options.ts";

/** An image of one byte per pixel, row by row: 0 is black, 255 white. */
export interface GreyImage {
  readonly width: number;
  readonly height: number;
  /** [height, width] */
  readonly pixels: Uint8Array;
}

/** How small images are arranged on a large one. */
export interface TileOptions {
  /** Width and height of each image, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Images per row. */
  readonly columns: number;
  /** Pixels between images. */
  readonly gap: number;
}

/** Viewers show no larger side; the limit also keeps the number of pixels exact. */
const maxSide = 32_768;
/** More pixels are a mistake, and would take minutes to compress. */
const maxPixels = 1 << 28;
const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Grey between the tiles, distinct from black and white. */
const gapGrey = 128;

/** Makes a chunk: length, name, data, and the checksum of name and data. */
function chunk(name: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

function requirePixels(what: string, pixels: Uint8Array, width: number, height: number): void {
  if (pixels.length === width * height) return;
  throw new LoadlineError(
    "invalid-option",
    `${what}: got ${pixels.length} bytes, allowed: ${width * height} for ${width} x ${height}`,
  );
}

function header(width: number, height: number): Uint8Array {
  // 8 bits per sample, grey, default compression and filters, no interlacing.
  const bytes = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  return bytes;
}

/**
 * Encodes an image as a PNG file of 8 bits of grey per pixel. Format: https://www.w3.org/TR/png-3/
 * Errors: `invalid-option` for sizes that do not match.
 */
export function encodePng(image: GreyImage): Uint8Array {
  requireKnownFields("image", image, ["width", "height", "pixels"]);
  const width = requireInteger("width", image.width, 1, maxSide);
  const height = requireInteger("height", image.height, 1, maxSide);
  requireInteger("pixels", width * height, 1, maxPixels);
  requirePixels("pixels", image.pixels, width, height);
  // Each row begins with the number of its filter; 0 means no filter.
  const rows = new Uint8Array(height * (width + 1));
  for (let row = 0; row < height; row++) {
    rows.set(image.pixels.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  }
  const parts = [
    signature,
    chunk("IHDR", header(width, height)),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", new Uint8Array(0)),
  ];
  return new Uint8Array(Buffer.concat(parts));
}

/**
 * Arranges small images of one size on a large one, row by row, with grey between them and in the rest of the last row.
 * Errors: `invalid-option` for an image of another size.
 */
export function tileImages(images: readonly Uint8Array[], options: TileOptions): GreyImage {
  requireKnownFields("options", options, ["width", "height", "columns", "gap"]);
  const tileWidth = requireInteger("width", options.width, 1, maxSide);
  const tileHeight = requireInteger("height", options.height, 1, maxSide);
  const columns = Math.min(requireInteger("columns", options.columns, 1, maxSide), images.length);
  const gap = requireInteger("gap", options.gap, 0, maxSide);
  requireInteger("number of images", images.length, 1);
  const rows = Math.ceil(images.length / columns);
  const width = requireInteger("width of all", columns * (tileWidth + gap) - gap, 1, maxSide);
  const height = requireInteger("height of all", rows * (tileHeight + gap) - gap, 1, maxSide);
  requireInteger("pixels of all", width * height, 1, maxPixels);
  const pixels = new Uint8Array(width * height).fill(gapGrey);
  images.forEach((image, index) => {
    requirePixels(`images[${index}]`, image, tileWidth, tileHeight);
    const left = (index % columns) * (tileWidth + gap);
    const top = Math.floor(index / columns) * (tileHeight + gap);
    for (let row = 0; row < tileHeight; row++) {
      const from = row * tileWidth;
      pixels.set(image.subarray(from, from + tileWidth), (top + row) * width + left);
    }
  });
  return { width, height, pixels };
}

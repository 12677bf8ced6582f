import { decodeBase64 } from "./decode-base64.ts";

/** Width and height in pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** A JPEG states its size after its metadata (EXIF thumbnail, colour profile): seldom more than this many bytes. */
const maxSearchedBytes = 262_144;
/** PNG, GIF and WebP state their size in the first 30 bytes. */
const headerBytes = 32;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readAscii(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}

/** JPEG: the first start-of-frame marker (ISO/IEC 10918-1, B.2.2) holds height and width. */
function readJpegSize(bytes: Uint8Array): ImageSize | undefined {
  const view = viewOf(bytes);
  let at = 2;
  while (at + 9 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

/** WebP container specification: lossy `VP8 `, lossless `VP8L`, extended `VP8X`. */
function readWebpSize(bytes: Uint8Array, view: DataView): ImageSize | undefined {
  const chunk = readAscii(bytes, 12, 16);
  // 24 bits from byte 24 and from byte 27, the lowest first.
  if (chunk === "VP8X")
    return {
      width: 1 + (view.getUint32(24, true) & 0xff_ffff),
      height: 1 + (view.getUint16(27, true) | (view.getUint8(29) << 16)),
    };
  if (chunk === "VP8 ")
    return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (chunk !== "VP8L") return undefined;
  const bits = view.getUint32(21, true);
  return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
}

/** Returns the size of a PNG, JPEG, GIF or WebP image from the first bytes of its base64 text; undefined for anything else. */
export function readImageSize(base64: string): ImageSize | undefined {
  const header = decodeBase64(base64.slice(0, Math.ceil(headerBytes / 3) * 4), headerBytes + 1);
  if (header.length < 24) return undefined;
  const view = viewOf(header);
  if (view.getUint32(0) === 0x89504e47) return { width: view.getUint32(16), height: view.getUint32(20) };
  const name = readAscii(header, 0, 4);
  if (name === "GIF8") return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  if (name === "RIFF" && readAscii(header, 8, 12) === "WEBP" && header.length >= 30)
    return readWebpSize(header, view);
  if (view.getUint16(0) !== 0xffd8) return undefined;
  const searched = base64.slice(0, Math.ceil(maxSearchedBytes / 3) * 4);
  return readJpegSize(decodeBase64(searched, maxSearchedBytes + 3));
}

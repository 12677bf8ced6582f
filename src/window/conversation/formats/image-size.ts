/** Width and height in pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** A JPEG's size stands behind its metadata (EXIF thumbnail, colour profile): seldom more than this many bytes. */
const searchedBytes = 262_144;
/** PNG, GIF and WebP say their size in the first 30 bytes. */
const headerBytes = 32;

/** JPEG: the first start-of-frame marker (ISO/IEC 10918-1, B.2.2) holds height and width. */
function jpegSize(bytes: Buffer): ImageSize | undefined {
  let at = 2;
  while (at + 9 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}

/** WebP container specification: lossy `VP8 `, lossless `VP8L`, extended `VP8X`. */
function webpSize(bytes: Buffer): ImageSize | undefined {
  const chunk = bytes.toString("latin1", 12, 16);
  if (chunk === "VP8X") return { width: 1 + bytes.readUIntLE(24, 3), height: 1 + bytes.readUIntLE(27, 3) };
  if (chunk === "VP8 ") {
    return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
  }
  if (chunk !== "VP8L") return undefined;
  const bits = bytes.readUInt32LE(21);
  return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
}

/** Size of a PNG, JPEG, GIF or WebP image from the first bytes of its base64 text; undefined for anything else. */
export function imageSize(base64: string): ImageSize | undefined {
  const header = Buffer.from(base64.slice(0, Math.ceil(headerBytes / 3) * 4), "base64");
  if (header.length < 24) return undefined;
  if (header.readUInt32BE(0) === 0x89504e47)
    return { width: header.readUInt32BE(16), height: header.readUInt32BE(20) };
  const name = header.toString("latin1", 0, 4);
  if (name === "GIF8") return { width: header.readUInt16LE(6), height: header.readUInt16LE(8) };
  if (name === "RIFF" && header.toString("latin1", 8, 12) === "WEBP" && header.length >= 30)
    return webpSize(header);
  if (header.readUInt16BE(0) !== 0xffd8) return undefined;
  return jpegSize(Buffer.from(base64.slice(0, Math.ceil(searchedBytes / 3) * 4), "base64"));
}

import { decodeBase64 } from "./decode-base64.ts";

/** A WAV file states its rate in its first chunks; metadata before it is seldom longer than this. */
const headerBytes = 4_096;

function readName(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

/**
 * Returns the duration of a WAV file in seconds from its base64 text: the bytes of its `data` chunk, or of the rest of the file
 * where a stream left that size open, by the byte rate of its `fmt ` chunk (RIFF WAVE). Undefined for anything else.
 */
export function readAudioSeconds(base64: string): number | undefined {
  const bytes = decodeBase64(base64.slice(0, Math.ceil(headerBytes / 3) * 4), headerBytes);
  if (bytes.length < 44 || readName(bytes, 0) !== "RIFF" || readName(bytes, 8) !== "WAVE") return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fileBytes = Math.floor((base64.length * 3) / 4);
  let rate = 0;
  for (let at = 12; at + 8 <= bytes.length;) {
    const size = view.getUint32(at + 4, true);
    if (readName(bytes, at) === "fmt " && at + 20 <= bytes.length) rate = view.getUint32(at + 16, true);
    if (readName(bytes, at) === "data" && rate > 0) return Math.min(size, fileBytes - at - 8) / rate;
    at += 8 + size + (size % 2);
  }
  return undefined;
}

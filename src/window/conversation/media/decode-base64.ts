/** Value of each character code below 128 in base64 and its form for addresses; 255 for all others. */
const sextets: Uint8Array = new Uint8Array(128).fill(255);
for (const [value, character] of [
  ..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
].entries())
  sextets[character.charCodeAt(0)] = value;
sextets[0x2d] = 62;
sextets[0x5f] = 63;

const padding = 0x3d;

/**
 * Decodes the first `maxBytes` bytes of a base64 text, as `Buffer.from` does: both alphabets are read, other characters are
 * passed over, and padding ends the text. The platform's `atob` would refuse a text with one wrong character.
 */
export function decodeBase64(text: string, maxBytes: number): Uint8Array {
  const bytes = new Uint8Array(Math.min(maxBytes, Math.ceil((text.length * 3) / 4)));
  let count = 0;
  let held = 0;
  let bits = 0;
  for (let index = 0; index < text.length && count < bytes.length; index++) {
    const code = text.charCodeAt(index);
    if (code === padding) break;
    const value = code < 128 ? (sextets[code] ?? 255) : 255;
    if (value === 255) continue;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[count++] = held >>> bits;
  }
  return bytes.subarray(0, count);
}

/** Bytes encoded at a time: a multiple of three, few enough for the arguments of one call. */
const chunkBytes = 24_576;
/** How `JSON.stringify` writes bytes: as an object with a number for each, or as Node's `Buffer` describes itself. */
const bytesSigns = ['{"0":', '"type":"Buffer"'] as const;

function encodeBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += chunkBytes)
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + chunkBytes)));
  return text;
}

function writeBytes(this: unknown, key: string, value: unknown): unknown {
  // `value` is what `toJSON` returned; the holder has the original.
  const original: unknown = Reflect.get(this as object, key);
  if (original instanceof Uint8Array) return encodeBase64(original);
  return original instanceof ArrayBuffer ? encodeBase64(new Uint8Array(original)) : value;
}

/**
 * Serializes a value as JSON. Bytes, as SDKs take pictures and documents, become base64 text, as on the wire. Undefined for what
 * JSON cannot hold at all (a function, undefined).
 * Errors: those of `JSON.stringify`.
 */
export function serializeValue(value: unknown): string | undefined {
  // A replacer makes serializing several times slower, so it runs only where bytes were written.
  const json = JSON.stringify(value) as string | undefined;
  if (json === undefined || !bytesSigns.some((sign) => json.includes(sign))) return json;
  return JSON.stringify(value, writeBytes);
}

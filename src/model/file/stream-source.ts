import type { ByteSource } from "./byte-source.ts";
import { type HttpBody, httpFault } from "./http-request.ts";

/** Most bytes that are taken of a server without ranges: the largest header ends before, a model's weights do not. */
const maxStreamBytes = 64 * 2 ** 20;

/** Length that a server told, where it is that of the file: a compressed body's is not. */
function lengthOf(body: HttpBody): number | undefined {
  const { headers } = body.answer;
  const coding = headers.get("content-encoding");
  const text = headers.get("content-length") ?? "";
  if ((coding !== null && coding !== "identity") || !/^\d{1,15}$/u.test(text)) return undefined;
  return Number(text);
}

/** A source over an answer's body, which is read forward only as far as asked and kept; `close` ends the request. */
export function streamSource(name: string, url: string, body: HttpBody): ByteSource {
  const byteLength = lengthOf(body);
  let kept: Uint8Array = new Uint8Array(0);
  let filled = 0;
  let ended = false;
  const append = (piece: Uint8Array): void => {
    if (filled + piece.length > kept.length) {
      const grown = new Uint8Array(Math.max(filled + piece.length, kept.length * 2));
      grown.set(kept.subarray(0, filled));
      kept = grown;
    }
    kept.set(piece, filled);
    filled += piece.length;
  };
  const readTo = async (end: number): Promise<void> => {
    for (;;) {
      if (filled >= end || ended) break;
      const piece = await body.next();
      if (piece === undefined) ended = true;
      else append(piece);
    }
    if (ended && byteLength !== undefined && filled < byteLength)
      throw httpFault(url, `ends at byte ${filled}, the server said ${byteLength}`);
  };
  // reads take turns: the body is one
  let turn: Promise<unknown> = Promise.resolve();
  return {
    name,
    byteLength,
    read: (offset, length) => {
      const end = Math.min(offset + length, byteLength ?? Number.POSITIVE_INFINITY);
      const step = turn.then(async () => {
        if (end > maxStreamBytes) {
          const limit = `the ${maxStreamBytes} bytes that are read without them`;
          throw httpFault(url, `the server gives no ranges, and byte ${end} is past ${limit}`);
        }
        await readTo(end);
        return kept.subarray(0, filled).subarray(offset, offset + length);
      });
      turn = step.catch(() => undefined);
      return step;
    },
    close: () => body.cancel(),
  };
}

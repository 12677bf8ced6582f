import type { ByteSource } from "./byte-source.ts";
import { httpFault } from "./http-request.ts";
import type { HttpBody } from "./http-request.ts";
import { MiB } from "../../../shared/units.ts";

/** Last byte that is read from a server without ranges: the largest header ends before it, a model's weights do not. */
const maxStreamBytes = 64 * MiB;

/** Reads the file's length that a server reports; undefined for a compressed body, whose length is another. */
function lengthOf(body: HttpBody): number | undefined {
  const { headers } = body.response;
  const coding = headers.get("content-encoding");
  const text = headers.get("content-length") ?? "";
  if ((coding !== null && coding !== "identity") || !/^\d{1,15}$/u.test(text)) return undefined;
  return Number(text);
}

/** A window on a body that moves forward and drops the bytes before it, so that a long header does not stay in memory. */
class BodyWindow {
  private readonly url: string;
  private readonly body: HttpBody;
  private readonly byteLength: number | undefined;
  private bytes: Uint8Array = new Uint8Array(0);
  private filled = 0;
  private ended = false;
  /** Offset in the file of the first byte that is kept. */
  start = 0;

  constructor(url: string, body: HttpBody, byteLength: number | undefined) {
    this.url = url;
    this.body = body;
    this.byteLength = byteLength;
  }

  /** Reads the bytes from `offset`, which is not before `start`, to `end` or to the end of the body. */
  async read(offset: number, end: number): Promise<Uint8Array> {
    this.drop(offset);
    while (this.start + this.filled < end && !this.ended) {
      const piece = await this.body.next();
      if (piece === undefined) this.ended = true;
      else this.append(piece, end - this.start);
      this.drop(offset);
    }
    const reached = this.start + this.filled;
    if (this.ended && this.byteLength !== undefined && reached < this.byteLength)
      throw httpFault(
        this.url,
        `the file ends at byte ${reached}, but the server reported ${this.byteLength} bytes`,
      );
    // A copy: the window moves on.
    return this.bytes.slice(
      Math.min(offset - this.start, this.filled),
      Math.min(end - this.start, this.filled),
    );
  }

  private drop(offset: number): void {
    const passed = Math.min(offset - this.start, this.filled);
    if (passed <= 0) return;
    this.bytes.copyWithin(0, passed, this.filled);
    this.start += passed;
    this.filled -= passed;
  }

  private append(piece: Uint8Array, wanted: number): void {
    const length = this.filled + piece.length;
    if (length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(length, Math.min(wanted, 2 * this.bytes.length)));
      grown.set(this.bytes.subarray(0, this.filled));
      this.bytes = grown;
    }
    this.bytes.set(piece, this.filled);
    this.filled = length;
  }
}

/**
 * Returns a source over a response's body, which is read forward as far as needed. A read before the window requests the file
 * again (`again`). `close` aborts the request.
 */
export function streamSource(
  name: string,
  url: string,
  body: HttpBody,
  again: () => Promise<HttpBody>,
): ByteSource {
  const byteLength = lengthOf(body);
  let current = body;
  let window = new BodyWindow(url, body, byteLength);
  const readStep = async (offset: number, length: number): Promise<Uint8Array> => {
    const end = Math.min(offset + length, byteLength ?? Number.POSITIVE_INFINITY);
    if (end > maxStreamBytes) {
      const limit = `past the first ${maxStreamBytes}, which is as far as a file is read without them`;
      throw httpFault(
        url,
        `the server does not support ranges, and byte ${end} is ${limit}. Download the file first`,
      );
    }
    if (offset >= end) return new Uint8Array(0);
    if (offset < window.start) {
      await current.cancel();
      current = await again();
      window = new BodyWindow(url, current, byteLength);
    }
    return window.read(offset, end);
  };
  // Reads take turns: they share one body.
  let turn: Promise<unknown> = Promise.resolve();
  return {
    name,
    byteLength,
    read: (offset, length) => {
      const step = turn.then(() => readStep(offset, length));
      turn = step.catch(() => undefined);
      return step;
    },
    close: () => current.cancel(),
  };
}

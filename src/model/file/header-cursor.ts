import { LoadlineError } from "../../shared/errors.ts";
import type { ByteSource } from "./byte-source.ts";

/** Most bytes of a header that are read: vocabularies of a quarter of a million tokens take about 10 MiB. */
export const maxHeaderBytes: number = 64 * 2 ** 20;
/** First read; later ones double up to the last. Small files are read whole, large vocabularies in a few reads. */
const firstReadBytes = 64 * 2 ** 10;
const largestReadBytes = 4 * 2 ** 20;
/** Longest text that is kept. */
const maxTextBytes = 2 ** 20;

/** The end of what was read: the caller reads more and begins again where it was. */
export class NeedsMore {
  readonly bytes: number;
  constructor(bytes: number) {
    this.bytes = bytes;
  }
}

const decoder = new TextDecoder();

/** Reads numbers and texts from the start of a file, which it fetches in growing pieces; every fault names the byte. */
export class HeaderCursor {
  readonly name: string;
  offset = 0;
  private readonly source: ByteSource;
  private bytes: Uint8Array = new Uint8Array(0);
  private view: DataView = new DataView(new ArrayBuffer(0));
  private ended = false;

  constructor(source: ByteSource) {
    this.source = source;
    this.name = source.name;
  }

  /** An `invalid-data` error at a byte of the file. */
  fault(message: string, at: number = this.offset): LoadlineError {
    return new LoadlineError("invalid-data", `${this.name}, byte ${at}: ${message}`, {
      details: { file: this.name, byte: at },
    });
  }

  /** Makes sure that bytes up to `end` are there; throws where the file ends before. */
  async want(end: number): Promise<void> {
    while (end > this.bytes.length) {
      if (this.ended) throw this.fault(`the file ends at byte ${this.bytes.length} within its header`);
      if (end > maxHeaderBytes) {
        throw this.fault(`the header goes on to byte ${end}, allowed: ${maxHeaderBytes}`);
      }
      const grown = Math.min(largestReadBytes, Math.max(firstReadBytes, this.bytes.length));
      const length = Math.max(grown, end - this.bytes.length);
      const piece = await this.source.read(this.bytes.length, length);
      if (piece.length < length) this.ended = true;
      const joined = new Uint8Array(this.bytes.length + piece.length);
      joined.set(this.bytes);
      joined.set(piece, this.bytes.length);
      this.bytes = joined;
      this.view = new DataView(joined.buffer);
    }
  }

  private take(length: number): number {
    const at = this.offset;
    if (at + length > this.bytes.length) throw new NeedsMore(at + length);
    this.offset += length;
    return at;
  }

  /** Leaves bytes out. */
  skip(length: number): void {
    this.take(length);
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }
  i8(): number {
    return this.view.getInt8(this.take(1));
  }
  u16(): number {
    return this.view.getUint16(this.take(2), true);
  }
  i16(): number {
    return this.view.getInt16(this.take(2), true);
  }
  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }
  i32(): number {
    return this.view.getInt32(this.take(4), true);
  }
  f32(): number {
    return this.view.getFloat32(this.take(4), true);
  }
  f64(): number {
    return this.view.getFloat64(this.take(8), true);
  }

  /** A whole number of 64 bits that a double can hold; larger ones are refused. */
  u64(what: string): number {
    const at = this.take(8);
    const value = this.view.getUint32(at, true) + this.view.getUint32(at + 4, true) * 2 ** 32;
    if (!Number.isSafeInteger(value)) throw this.fault(`${what}: got more than 2^53`, at);
    return value;
  }

  /** A signed number of 64 bits; one that a double cannot hold is rounded. */
  i64(): number {
    return Number(this.view.getBigInt64(this.take(8), true));
  }

  /** Length of a text, checked before anything of it is kept. */
  textLength(what: string): number {
    const at = this.offset;
    const length = this.u64(`length of ${what}`);
    if (length > maxHeaderBytes)
      throw this.fault(`${what}: got a text of ${length} bytes, allowed: ${maxTextBytes}`, at);
    return length;
  }

  text(what: string): string {
    const at = this.offset;
    const length = this.textLength(what);
    if (length > maxTextBytes)
      throw this.fault(`${what}: got a text of ${length} bytes, allowed: ${maxTextBytes}`, at);
    const start = this.take(length);
    return decoder.decode(this.bytes.subarray(start, start + length));
  }
}

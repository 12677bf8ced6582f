import type { LoadlineError } from "../../../shared/errors.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { fileFault } from "../../../shared/file-fault.ts";
import { KiB, MiB } from "../../../shared/units.ts";

/** Size of the first read and of one after a jump: small headers and the parts between tensors fit into it. */
const firstReadBytes = 64 * KiB;
/** Later reads grow eightfold up to this: a vocabulary of 10 MiB takes five requests, and memory stays bounded. */
const maxReadBytes = 4 * MiB;

/** Bytes of the length before a text. */
const textLengthBytes = 8;

/** Thrown by a step that found too few bytes. `run` catches it, reads more and repeats the step. */
const needsMore = { needsMore: true } as const;

const decoder = new TextDecoder();

/**
 * Reads little-endian numbers and texts of a file through a window that moves forward: bytes before it are dropped, skipped
 * ones are never read. Every error names the file and the byte. Numbers and texts are read only within `run`.
 */
export class HeaderCursor {
  readonly name: string;
  offset = 0;
  private readonly source: ByteSource;
  private readonly maxBytes: number;
  private window: Uint8Array = new Uint8Array(0);
  private view: DataView = new DataView(new ArrayBuffer(0));
  private windowStart = 0;
  private restart = 0;
  private wantedEnd = 0;
  private nextReadBytes: number = firstReadBytes;

  /** `maxBytes`: the end of the last byte of the file that may be read. */
  constructor(source: ByteSource, maxBytes: number) {
    this.source = source;
    this.name = source.name;
    this.maxBytes = maxBytes;
  }

  /** Returns an `invalid-data` error at a byte of the file. */
  fault(message: string, byte: number = this.offset): LoadlineError {
    return fileFault(this.name, message, { byte });
  }

  /** Runs a step. Where bytes are missing, reads them and repeats the step from where `keep` was last called. */
  async run<Result>(step: () => Result): Promise<Result> {
    this.keep();
    for (;;) {
      try {
        return step();
      } catch (error) {
        if (error !== needsMore) throw error;
        await this.fetch();
      }
    }
  }

  /** Marks what was read as done: a repeated step begins here. */
  keep(): void {
    this.restart = this.offset;
  }

  private async fetch(): Promise<void> {
    const windowEnd = this.windowStart + this.window.length;
    const follows = this.restart <= windowEnd && this.windowStart <= this.restart && this.window.length > 0;
    const kept = follows ? this.window.subarray(this.restart - this.windowStart) : new Uint8Array(0);
    this.nextReadBytes = follows ? Math.min(maxReadBytes, this.nextReadBytes * 8) : firstReadBytes;
    const from = this.restart + kept.length;
    const rest = (this.source.byteLength ?? Number.POSITIVE_INFINITY) - from;
    const length = Math.min(rest, Math.max(this.nextReadBytes, this.wantedEnd - from));
    const piece = await this.source.read(from, length);
    if (from + piece.length < this.wantedEnd) {
      throw this.fault(`the file ends at byte ${from + piece.length}, within its header`);
    }
    const joined = new Uint8Array(kept.length + piece.length);
    joined.set(kept);
    joined.set(piece, kept.length);
    this.window = joined;
    this.view = new DataView(joined.buffer);
    this.windowStart = this.restart;
    this.offset = this.restart;
  }

  private check(end: number, at: number): void {
    const fileEnd = this.source.byteLength;
    if (fileEnd !== undefined && end > fileEnd) {
      throw this.fault(
        `the file ends at byte ${fileEnd}, within its header, which extends to byte ${end}`,
        at,
      );
    }
    if (end > this.maxBytes) {
      throw this.fault(`got a header that extends to byte ${end}, allowed: ${this.maxBytes}`, at);
    }
  }

  /** Moves past the next `length` bytes. Returns their offset in the window. */
  private take(length: number): number {
    const at = this.offset - this.windowStart;
    if (at < 0 || at + length > this.window.length) {
      const end = this.offset + length;
      this.check(end, this.offset);
      this.wantedEnd = end;
      throw needsMore;
    }
    this.offset += length;
    return at;
  }

  /** Moves past bytes without reading them. */
  skip(length: number): void {
    const end = this.offset + length;
    if (end - this.windowStart > this.window.length) this.check(end, this.offset);
    this.offset = end;
  }

  /**
   * Moves past up to `count` texts, each after its length, without decoding them. Returns how many: all that are entirely in
   * the window, otherwise the one that is not. A vocabulary has a hundred thousand.
   */
  skipTexts(count: number): number {
    const { view, windowStart } = this;
    const last = view.byteLength - textLengthBytes;
    let at = this.offset - windowStart;
    let passed = 0;
    while (passed < count && at <= last) {
      const end = at + textLengthBytes + view.getUint32(at, true);
      if (view.getUint32(at + 4, true) !== 0 || end > view.byteLength) break;
      at = end;
      passed++;
    }
    if (passed > 0) {
      this.offset = windowStart + at;
      return passed;
    }
    // The next text reaches out of the window, or its length is invalid.
    this.skip(this.count("length of a text"));
    return 1;
  }

  /** Rejects `count` items of at least `bytesEach` bytes that neither the file nor its header's limit has room for. */
  requireRoom(what: string, count: number, bytesEach: number): void {
    const room = Math.min(this.maxBytes, this.source.byteLength ?? this.maxBytes) - this.offset;
    if (count * bytesEach > room) {
      throw this.fault(`${count} ${what} take at least ${count * bytesEach} bytes, but ${room} are left`);
    }
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
  /** Reads an unsigned 64-bit integer as a double, rounded beyond 2^53. */
  u64(): number {
    const at = this.take(8);
    return this.view.getUint32(at, true) + this.view.getUint32(at + 4, true) * 2 ** 32;
  }
  /** Reads a signed 64-bit integer as a double, rounded beyond 2^53. */
  i64(): number {
    const at = this.take(8);
    return this.view.getUint32(at, true) + this.view.getInt32(at + 4, true) * 2 ** 32;
  }

  /** Reads a 64-bit count, size or offset. Rejects one that a double cannot hold exactly. */
  count(what: string): number {
    const at = this.offset;
    const value = this.u64();
    if (!Number.isSafeInteger(value)) throw this.fault(`${what}: got ${value}, allowed: up to 2^53`, at);
    return value;
  }

  /** Reads bytes as UTF-8; invalid ones become U+FFFD. */
  text(length: number): string {
    const at = this.take(length);
    return decoder.decode(this.window.subarray(at, at + length));
  }
}

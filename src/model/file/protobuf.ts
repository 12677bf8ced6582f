import type { HeaderCursor } from "./header-cursor.ts";

/** A field of a protobuf message; the cursor is at `start` when it is handed out. */
export interface ProtobufField {
  readonly number: number;
  /** 0 a varint, 1 eight bytes, 2 bytes with a length, 5 four bytes. */
  readonly wire: number;
  /** The varint of a field of wire type 0. */
  readonly value: number;
  readonly start: number;
  readonly end: number;
}

/** Most fields of a file that are walked: a graph of 100,000 nodes and 20,000 initializers has some 200,000. */
const maxFields = 2 ** 19;

/** A varint as a double; beyond 2^53 it is rounded, so that a negative number is a very large one. */
export function readVarint(cursor: HeaderCursor): number {
  const at = cursor.offset;
  let value = 0;
  let scale = 1;
  for (let index = 0; index < 10; index++) {
    const byte = cursor.u8();
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 128;
  }
  throw cursor.fault("a number of more than ten bytes", at);
}

function readField(cursor: HeaderCursor, messageEnd: number): ProtobufField {
  const at = cursor.offset;
  const tag = readVarint(cursor);
  const number = Math.floor(tag / 8);
  const wire = tag % 8;
  const value = wire === 0 ? readVarint(cursor) : 0;
  const length = wire === 2 ? readVarint(cursor) : wire === 1 ? 8 : wire === 5 ? 4 : 0;
  if (number < 1 || ![0, 1, 2, 5].includes(wire))
    throw cursor.fault(`the field ${number} of wire type ${wire}, allowed: 0, 1, 2, 5`, at);
  const start = cursor.offset;
  const end = start + length;
  if (end > messageEnd)
    throw cursor.fault(`a field goes on to byte ${end}, past the end of its message at ${messageEnd}`, at);
  return { number, wire, value, start, end };
}

/** Walks messages of a file field by field; the bytes of a field that is not looked into are never read. */
export class ProtobufWalker {
  readonly cursor: HeaderCursor;
  private fields = 0;

  constructor(cursor: HeaderCursor) {
    this.cursor = cursor;
  }

  /** Hands each field of the message that begins at the cursor and ends at `end` to `each`; leaves the cursor at `end`. */
  async walk(end: number, each: (field: ProtobufField) => Promise<void> | undefined): Promise<void> {
    const { cursor } = this;
    while (cursor.offset < end) {
      this.fields += 1;
      if (this.fields > maxFields) throw cursor.fault(`more than ${maxFields} fields`);
      const field = await cursor.run(() => readField(cursor, end));
      const work = each(field);
      if (work !== undefined) await work;
      cursor.offset = field.end;
    }
  }

  /** The text of a field. */
  text(field: ProtobufField, what: string, maxBytes: number): Promise<string> {
    const { cursor } = this;
    const length = field.end - field.start;
    if (length > maxBytes)
      throw cursor.fault(`${what} of ${length} bytes, allowed: ${maxBytes}`, field.start);
    return cursor.run(() => cursor.text(length));
  }
}

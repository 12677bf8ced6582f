import type { HeaderCursor } from "../header/header-cursor.ts";

/** A field of a protobuf message. The cursor is at `start` when a reader gets it. */
export interface ProtobufField {
  readonly number: number;
  /** 0: varint, 1: eight bytes, 2: bytes with a length, 5: four bytes. */
  readonly wire: number;
  /** The varint of a field of wire type 0. */
  readonly value: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a message. `field` returns the reader of a field that is a message itself, or undefined to skip the field. It must read
 * from the cursor before it changes anything, because it is called again when bytes were missing.
 */
export interface MessageReader {
  field(field: ProtobufField): MessageReader | undefined;
  /** Called at the end of the message, with the byte at which it began. */
  end?(start: number): void;
}

/** Fields of a file: a graph of 20,000 nodes with three attributes each has some 500,000. */
const maxFields = 2 ** 20;
/** Nesting of messages: a graph in a branch of a loop takes three levels. */
const maxDepth = 48;

/** Reads a varint as a double, rounded beyond 2^53, so that a negative number becomes a very large one. */
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
  throw cursor.fault("got a number of more than ten bytes, allowed: up to ten", at);
}

function readField(cursor: HeaderCursor, messageEnd: number): ProtobufField {
  const at = cursor.offset;
  const tag = readVarint(cursor);
  const number = Math.floor(tag / 8);
  const wire = tag % 8;
  const value = wire === 0 ? readVarint(cursor) : 0;
  const length = wire === 2 ? readVarint(cursor) : wire === 1 ? 8 : wire === 5 ? 4 : 0;
  if (number < 1 || (wire > 2 && wire !== 5))
    throw cursor.fault(`got the field ${number} of wire type ${wire}, allowed: 0, 1, 2, 5`, at);
  const start = cursor.offset;
  const end = start + length;
  if (end > messageEnd)
    throw cursor.fault(`a field extends to byte ${end}, past the end of its message at ${messageEnd}`, at);
  return { number, wire, value, start, end };
}

/** Walks the message from the cursor to `end`. The bytes of skipped fields are never read. */
export async function walkMessage(cursor: HeaderCursor, end: number, reader: MessageReader): Promise<void> {
  const open = [{ start: cursor.offset, end, reader }];
  let fields = 0;
  await cursor.run(() => {
    for (;;) {
      const top = open.at(-1);
      if (top === undefined) return;
      if (cursor.offset >= top.end) {
        top.reader.end?.(top.start);
        open.pop();
        continue;
      }
      const field = readField(cursor, top.end);
      const inner = top.reader.field(field);
      if (inner === undefined) cursor.offset = field.end;
      else {
        if (open.length >= maxDepth)
          throw cursor.fault(
            `got messages nested deeper than ${maxDepth}, allowed: up to ${maxDepth}`,
            field.start,
          );
        cursor.offset = field.start;
        open.push({ start: field.start, end: field.end, reader: inner });
      }
      fields++;
      if (fields > maxFields)
        throw cursor.fault(`got more than ${maxFields} fields, allowed: up to ${maxFields}`);
      cursor.keep();
    }
  });
}

/** Reads the text of a field, within `walkMessage`. */
export function readText(cursor: HeaderCursor, field: ProtobufField, what: string, maxBytes: number): string {
  const length = field.end - field.start;
  if (length > maxBytes)
    throw cursor.fault(`got ${what} of ${length} bytes, allowed: ${maxBytes}`, field.start);
  return cursor.text(length);
}

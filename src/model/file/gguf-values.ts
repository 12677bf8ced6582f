import type { HeaderCursor } from "./header-cursor.ts";
import type { FileValue } from "./model-file.ts";

/** Longest array of numbers that is kept; layers have at most some hundred. */
const maxKeptNumbers = 4096;
/** Longest array of texts that is kept; vocabularies and merges are not. */
const maxKeptTexts = 64;
/** Deepest nesting of arrays; the format's own writers never nest. */
const maxDepth = 2;

const fixedSizes: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};
const textType = 8;
const arrayType = 9;

function readNumber(cursor: HeaderCursor, type: number): number | boolean {
  switch (type) {
    case 0:
      return cursor.u8();
    case 1:
      return cursor.i8();
    case 2:
      return cursor.u16();
    case 3:
      return cursor.i16();
    case 4:
      return cursor.u32();
    case 5:
      return cursor.i32();
    case 6:
      return cursor.f32();
    case 7:
      return cursor.u8() !== 0;
    case 10:
    case 11:
      return cursor.i64();
    default:
      return cursor.f64();
  }
}

function readArray(cursor: HeaderCursor, depth: number): FileValue {
  const at = cursor.offset;
  if (depth >= maxDepth) throw cursor.fault(`arrays within arrays deeper than ${maxDepth}`, at);
  const type = cursor.u32();
  const length = cursor.u64("length of an array");
  const size = fixedSizes[type];
  if (size !== undefined) {
    if (length > maxKeptNumbers) {
      cursor.skip(length * size);
      return { length };
    }
    const values = Array.from({ length }, () => readNumber(cursor, type));
    return values as readonly number[] | readonly boolean[];
  }
  if (type === textType) {
    if (length <= maxKeptTexts) return Array.from({ length }, () => cursor.text("a text of an array"));
    for (let index = 0; index < length; index++) cursor.skip(cursor.textLength("a text of an array"));
    return { length };
  }
  if (type !== arrayType) throw cursor.fault(`an array of type ${type}, allowed: 0 to 12`, at);
  for (let index = 0; index < length; index++) readArray(cursor, depth + 1);
  return { length };
}

/** One value of a GGUF header. */
export function readGgufValue(cursor: HeaderCursor): FileValue {
  const at = cursor.offset;
  const type = cursor.u32();
  if (type === textType) return cursor.text("a value");
  if (type === arrayType) return readArray(cursor, 0);
  if (fixedSizes[type] === undefined) throw cursor.fault(`a value of type ${type}, allowed: 0 to 12`, at);
  return readNumber(cursor, type);
}

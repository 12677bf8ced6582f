import { quoteName } from "../../../shared/file-fault.ts";
import type { HeaderCursor } from "../header/header-cursor.ts";
import type { FileValue } from "../header/model-file.ts";
import { MiB } from "../../../shared/units.ts";

/** Numbers of an array that is kept: settings by layer have some hundred at most. */
const maxKeptNumbers = 4096;
/** Texts of an array that is kept: tags and languages are, vocabularies and merges are not. */
const maxKeptTexts = 64;
/** Bytes of a text: the largest chat templates have 100 KB. */
const maxTextBytes = MiB;
/** Bytes of a setting's name: published ones have under 100 (the format allows 65,535). */
const maxKeyBytes = 1024;

/** Characters and numbers of all settings together: chat templates have some 100 KB, arrays by layer some thousand numbers. */
const maxTextTotal = 4 * MiB;
const maxNumbersTotal = 2 ** 20;
/** Texts of all long arrays together: a vocabulary of 262,144 words with its merges has 780,000. */
const maxSkippedTexts = 2 ** 21;

/** Bytes of a value of fixed size, by type number of the format. */
const fixedBytes: readonly (number | undefined)[] = [1, 1, 2, 2, 4, 4, 4, 1, undefined, undefined, 8, 8, 8];
const textType = 8;
const arrayType = 9;

function readFixed(cursor: HeaderCursor, type: number): number | boolean {
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
      return cursor.u64();
    case 11:
      return cursor.i64();
    default:
      return cursor.f64();
  }
}

function readText(cursor: HeaderCursor, what: string, maxBytes: number): string {
  const at = cursor.offset;
  const length = cursor.count(`length of ${what}`);
  if (length > maxBytes)
    throw cursor.fault(`${what}: got a text of ${length} bytes, allowed: ${maxBytes}`, at);
  return cursor.text(length);
}

/** Counts the characters and values of a setting that are kept. */
function measureValue(value: FileValue): { readonly text: number; readonly numbers: number } {
  if (typeof value === "string") return { text: value.length, numbers: 0 };
  if (!Array.isArray(value)) return { text: 0, numbers: 1 };
  const texts = (value as readonly unknown[]).filter((entry) => typeof entry === "string");
  return { text: texts.reduce((sum, entry) => sum + entry.length, 0), numbers: value.length };
}

/** Counts what all settings of a header hold together, and rejects more than the limits. */
class SettingTotals {
  private text = 0;
  private numbers = 0;
  private skippedTexts = 0;
  private readonly cursor: HeaderCursor;

  constructor(cursor: HeaderCursor) {
    this.cursor = cursor;
  }

  /** Counts the texts of a long array, before they are skipped. */
  addSkippedTexts(count: number, at: number): void {
    this.skippedTexts += count;
    if (this.skippedTexts > maxSkippedTexts)
      throw this.cursor.fault(`got ${this.skippedTexts} texts in arrays, allowed: ${maxSkippedTexts}`, at);
  }

  add(key: string, value: FileValue, at: number): void {
    const size = measureValue(value);
    this.text += size.text + key.length;
    this.numbers += size.numbers;
    if (this.text > maxTextTotal)
      throw this.cursor.fault(
        `got settings of more than ${maxTextTotal} characters together, allowed: ${maxTextTotal}`,
        at,
      );
    if (this.numbers > maxNumbersTotal)
      throw this.cursor.fault(
        `got more than ${maxNumbersTotal} values outside long arrays, allowed: ${maxNumbersTotal}`,
        at,
      );
  }
}

/** Moves past the texts of an array. */
async function skipTexts(cursor: HeaderCursor, length: number): Promise<void> {
  let passed = 0;
  await cursor.run(() => {
    while (passed < length) {
      passed += cursor.skipTexts(length - passed);
      cursor.keep();
    }
  });
}

async function readArray(cursor: HeaderCursor, totals: SettingTotals): Promise<FileValue> {
  const at = cursor.offset;
  const { type, length } = await cursor.run(() => ({
    type: cursor.u32(),
    length: cursor.count("length of an array"),
  }));
  const size = type === textType ? 8 : fixedBytes[type];
  if (type === arrayType)
    throw cursor.fault("got an array of arrays, allowed: arrays of numbers, booleans or texts", at);
  if (size === undefined)
    throw cursor.fault(`got an array of the type ${type}, allowed: 0 to 8, 10 to 12`, at);
  cursor.requireRoom("values of an array", length, size);
  if (type === textType && length > maxKeptTexts) {
    totals.addSkippedTexts(length, at);
    await skipTexts(cursor, length);
    return { length };
  }
  if (type === textType) {
    const texts: string[] = [];
    await cursor.run(() => {
      while (texts.length < length) {
        texts.push(readText(cursor, "a text of an array", maxTextBytes));
        cursor.keep();
      }
    });
    return texts;
  }
  if (length > maxKeptNumbers) {
    cursor.skip(length * size);
    return { length };
  }
  const values = await cursor.run(() => {
    const read: (number | boolean)[] = [];
    for (let index = 0; index < length; index++) read.push(readFixed(cursor, type));
    return read;
  });
  return values as readonly number[] | readonly boolean[];
}

async function readValue(cursor: HeaderCursor, totals: SettingTotals): Promise<FileValue> {
  const at = cursor.offset;
  const type = await cursor.run(() => cursor.u32());
  if (type === textType) return cursor.run(() => readText(cursor, "a setting", maxTextBytes));
  if (type === arrayType) return readArray(cursor, totals);
  if (fixedBytes[type] === undefined)
    throw cursor.fault(`got a setting of the type ${type}, allowed: 0 to 12`, at);
  return cursor.run(() => readFixed(cursor, type));
}

/** Settings by name, in a record without a prototype, and the byte of each in the header. */
export interface GgufSettings {
  readonly settings: Readonly<Record<string, FileValue>>;
  readonly byteOf: ReadonlyMap<string, number>;
}

/** Reads the settings of a GGUF header. Errors: `invalid-data`, also for a duplicate name. */
export async function readGgufSettings(cursor: HeaderCursor, count: number): Promise<GgufSettings> {
  // With a prototype, a setting named "__proto__" would replace it.
  const settings = Object.create(null) as Record<string, FileValue>;
  const byteOf = new Map<string, number>();
  const totals = new SettingTotals(cursor);
  for (let index = 0; index < count; index++) {
    const at = cursor.offset;
    const key = await cursor.run(() => readText(cursor, "name of a setting", maxKeyBytes));
    if (byteOf.has(key)) throw cursor.fault(`duplicate setting ${quoteName(key)}`, at);
    const value = await readValue(cursor, totals);
    totals.add(key, value, at);
    settings[key] = value;
    byteOf.set(key, at);
  }
  return { settings, byteOf };
}

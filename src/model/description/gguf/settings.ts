import { LoadlineError } from "../../../shared/errors.ts";
import { describeValue } from "../../../shared/options.ts";
import type { SettingValue } from "../model-description.ts";
import { ownValue } from "../../../shared/own-value.ts";

/** Settings of a GGUF file by name, without the architecture's prefix. */
export type Settings = Readonly<Record<string, SettingValue>>;

/** Largest count: the engine holds them in 32 bits. */
const maxCount = 2 ** 32 - 1;

/** Makes an `invalid-data` error about a setting; the reader of the file adds the file's name. */
export function settingFault(key: string, got: string, allowed: string): LoadlineError {
  return new LoadlineError("invalid-data", `${key}: got ${got}, allowed: ${allowed}`, {
    details: { setting: key },
  });
}

/** Reads a whole number, or undefined if the file does not give it. Errors: `invalid-data` for a value that is not a count. */
export function readCount(settings: Settings, key: string): number | undefined {
  const value = ownValue(settings, key);
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > maxCount) {
    const got = Array.isArray(value) ? "an array" : describeValue(value);
    throw settingFault(key, got, `whole numbers from 0 to ${maxCount}`);
  }
  return value;
}

/**
 * Reads one number for each layer: a single number holds for all, an array gives each its own; undefined if not given.
 * Errors: `invalid-data` for an array that is too short or has something other than counts.
 */
export function readPerLayer(settings: Settings, key: string, layers: number): readonly number[] | undefined {
  const value = ownValue(settings, key);
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) {
    const single = readCount(settings, key);
    return single === undefined ? undefined : Array.from({ length: layers }, () => single);
  }
  const numbers = (value as readonly unknown[]).map(Number);
  const wrong = numbers.find((entry) => !Number.isInteger(entry) || entry < 0 || entry > maxCount);
  if (wrong !== undefined)
    throw settingFault(key, `${wrong} in an array`, `whole numbers from 0 to ${maxCount}`);
  if (numbers.length < layers)
    throw settingFault(key, `an array of ${numbers.length}`, `${layers} whole numbers, one for each layer`);
  return numbers.slice(0, layers);
}

/** Reads true or false for each layer from an array of booleans or of 0 and 1; undefined if the file gives no array. */
export function readFlags(settings: Settings, key: string, layers: number): readonly boolean[] | undefined {
  const value = ownValue(settings, key);
  if (!Array.isArray(value)) return undefined;
  return (readPerLayer(settings, key, layers) ?? []).map((entry) => entry !== 0);
}

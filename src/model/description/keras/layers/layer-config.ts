import { describeValue } from "../../../../shared/options.ts";
import { fileFault, quoteName } from "../../../../shared/file-fault.ts";
import { isJsonObject } from "../../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../../shared/json/json-object.ts";
import type { LoadlineError } from "../../../../shared/errors.ts";
import { ownValue } from "../../../../shared/own-value.ts";

/** Size of a kernel, stride, width or image: no layer has 2^31 of anything, and products stay exact. */
const maxSize = 2 ** 31 - 1;

/** A layer's settings, with keys as Keras spells them. */
export interface LayerConfig {
  readonly file: string;
  readonly layer: string;
  readonly values: JsonObject;
}

/** Converts a name to snake case: TensorFlow.js has `batchInputShape` in memory and `batch_input_shape` in files. */
export function toSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/gu, (letter, index: number) =>
    index === 0 ? letter.toLowerCase() : `_${letter.toLowerCase()}`,
  );
}

/** Reads the settings of a layer. Errors: `invalid-data` if they are not an object. */
export function layerConfig(file: string, layer: string, config: unknown): LayerConfig {
  if (config !== undefined && !isJsonObject(config))
    throw layerFault(file, layer, "its config is not an object");
  const values = Object.fromEntries(
    Object.entries(config ?? {}).map(([key, value]) => [toSnakeCase(key), value]),
  );
  return { file, layer, values };
}

/** Returns an `invalid-data` error that names the layer. */
export function layerFault(file: string, layer: string, message: string): LoadlineError {
  return fileFault(file, `layer ${quoteName(layer)}: ${message}`);
}

function settingFault(config: LayerConfig, name: string, allowed: string): LoadlineError {
  return layerFault(
    config.file,
    config.layer,
    `${name}: got ${describeValue(config.values[name])}, allowed: ${allowed}`,
  );
}

/** Returns the raw value of a setting; undefined if it is null. */
export function valueOf(config: LayerConfig, name: string): unknown {
  const value = ownValue(config.values, name);
  return value === null ? undefined : value;
}

/** Reads a whole number from `min`. Without a fallback it is required. */
export function sizeOf(config: LayerConfig, name: string, fallback?: number, min = 1): number {
  const value = valueOf(config, name) ?? fallback;
  if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > maxSize)
    throw settingFault(config, name, `a whole number from ${min} to ${maxSize}`);
  return value;
}

/** Reads an axis, which may be negative. */
export function axisOf(config: LayerConfig, name: string, fallback: number): number {
  const value = valueOf(config, name) ?? fallback;
  if (typeof value !== "number" || !Number.isInteger(value) || Math.abs(value) > 16)
    throw settingFault(config, name, "an axis from -16 to 16");
  return value;
}

/** Reads one axis or several. */
export function axesOf(config: LayerConfig, name: string, fallback: readonly number[]): readonly number[] {
  const value = valueOf(config, name) ?? fallback;
  const axes: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (axes.length > 16 || !axes.every((axis) => Number.isInteger(axis) && Math.abs(Number(axis)) <= 16))
    throw settingFault(config, name, "an axis or a list of axes");
  return axes as readonly number[];
}

/** Reads a size for each of `rank` axes, or one for all. */
export function sizesOf(
  config: LayerConfig,
  name: string,
  rank: number,
  fallback?: readonly number[],
): readonly number[] {
  const value = valueOf(config, name) ?? fallback;
  const list: readonly unknown[] = Array.isArray(value) ? value : Array.from({ length: rank }, () => value);
  const sizes = list.length === 1 ? Array.from({ length: rank }, () => list[0]) : list;
  const good = (size: unknown): size is number =>
    Number.isInteger(size) && Number(size) >= 1 && Number(size) <= maxSize;
  if (sizes.length !== rank || !sizes.every(good))
    throw settingFault(config, name, `${rank} whole numbers from 1 to ${maxSize}`);
  return sizes;
}

/** Reads a boolean. */
export function flagOf(config: LayerConfig, name: string, fallback: boolean): boolean {
  const value = valueOf(config, name) ?? fallback;
  if (typeof value !== "boolean") throw settingFault(config, name, "true or false");
  return value;
}

/** Reads a finite number. */
export function numberOf(config: LayerConfig, name: string, fallback: number): number {
  const value = valueOf(config, name) ?? fallback;
  if (typeof value !== "number" || !Number.isFinite(value)) throw settingFault(config, name, "a number");
  return value;
}

/** Reads one of the allowed words. */
export function wordOf<const Word extends string>(
  config: LayerConfig,
  name: string,
  allowed: readonly Word[],
  fallback: Word,
): Word {
  const given = valueOf(config, name) ?? fallback;
  const value = typeof given === "string" ? toSnakeCase(given) : given;
  if (!allowed.includes(value as Word)) throw settingFault(config, name, allowed.join(", "));
  return value as Word;
}

/** Whether images have their channels before their height. */
export function channelsFirst(config: LayerConfig): boolean {
  return (
    wordOf(config, "data_format", ["channels_last", "channels_first"], "channels_last") === "channels_first"
  );
}

/** Reads the name of a function, as Keras spells it. Keras 3 writes some as objects. */
export function activationOf(config: LayerConfig, name: string, fallback = "linear"): string {
  const value = valueOf(config, name) ?? fallback;
  if (typeof value === "string") return toSnakeCase(value);
  if (isJsonObject(value)) {
    const inner = value["config"];
    if (typeof inner === "string") return toSnakeCase(inner);
    const named = value["class_name"] ?? value["className"];
    if (typeof named === "string") return toSnakeCase(named);
  }
  throw settingFault(config, name, "the name of a function");
}

/** Reads a list of sizes; -1 and null mean an unknown one. */
export function partialSizes(config: LayerConfig, name: string): readonly (number | undefined)[] | undefined {
  const value = valueOf(config, name);
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length > 16)
    throw settingFault(config, name, "a list of up to 16 sizes");
  return (value as readonly unknown[]).map((size) => {
    if (size === null || size === -1) return undefined;
    if (typeof size === "number" && Number.isInteger(size) && size >= 0 && size <= maxSize) return size;
    throw settingFault(config, name, `whole numbers from 0 to ${maxSize}, or null`);
  });
}

/** Parses a shape that a file notes, without its batch; undefined for anything else, such as a list of shapes. */
export function parseShape(value: unknown): readonly (number | undefined)[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > 16) return undefined;
  const sizes = (value as readonly unknown[]).map((size) => (size === -1 ? null : size));
  const good = sizes.every(
    (size) => size === null || (Number.isInteger(size) && Number(size) >= 0 && Number(size) <= maxSize),
  );
  if (!good) return undefined;
  return sizes.map((size, axis) => (axis === 0 || size === null ? undefined : Number(size)));
}

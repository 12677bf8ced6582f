import { describeValue } from "../../../../shared/options.ts";
import { fileFault, quoteName } from "../../../../shared/file-fault.ts";
import { isJsonObject } from "../../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../../shared/json/json-object.ts";
import type { LoadlineError } from "../../../../shared/errors.ts";
import { ownValue } from "../../../../shared/own-value.ts";

/** Largest size of a kernel, stride, width or image: no layer has 2^31 of anything, and products stay exact. */
const maxSize = 2 ** 31 - 1;

/** A layer's settings, keys in Keras' spelling whatever the file has. */
export interface LayerConfig {
  readonly file: string;
  readonly layer: string;
  readonly values: JsonObject;
}

/** TensorFlow.js writes `batchInputShape` in memory and `batch_input_shape` in files; both are read. */
export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/gu, (letter, index: number) =>
    index === 0 ? letter.toLowerCase() : `_${letter.toLowerCase()}`,
  );
}

/** Settings of a layer from the file. Throws `invalid-data` where they are no object. */
export function layerConfig(file: string, layer: string, config: unknown): LayerConfig {
  if (config !== undefined && !isJsonObject(config)) throw layerFault(file, layer, "its config is no object");
  const values = Object.fromEntries(
    Object.entries(config ?? {}).map(([key, value]) => [snakeCase(key), value]),
  );
  return { file, layer, values };
}

/** An `invalid-data` error that names the layer. */
export function layerFault(file: string, layer: string, message: string): LoadlineError {
  return fileFault(file, `layer ${quoteName(layer)}: ${message}`);
}

function refuse(config: LayerConfig, name: string, allowed: string): LoadlineError {
  return layerFault(
    config.file,
    config.layer,
    `${name}: got ${describeValue(config.values[name])}, allowed: ${allowed}`,
  );
}

/** The raw value of a setting; null is not given. */
export function valueOf(config: LayerConfig, name: string): unknown {
  const value = ownValue(config.values, name);
  return value === null ? undefined : value;
}

/** A whole number from `min`; without a fallback it must be there. */
export function sizeOf(config: LayerConfig, name: string, fallback?: number, min = 1): number {
  const value = valueOf(config, name) ?? fallback;
  if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > maxSize)
    throw refuse(config, name, `a whole number from ${min} to ${maxSize}`);
  return value;
}

/** A whole number that may be negative, as axes are. */
export function axisOf(config: LayerConfig, name: string, fallback: number): number {
  const value = valueOf(config, name) ?? fallback;
  if (typeof value !== "number" || !Number.isInteger(value) || Math.abs(value) > 16)
    throw refuse(config, name, "an axis from -16 to 16");
  return value;
}

/** One axis or several. */
export function axesOf(config: LayerConfig, name: string, fallback: readonly number[]): readonly number[] {
  const value = valueOf(config, name) ?? fallback;
  const axes: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (axes.length > 16 || !axes.every((axis) => Number.isInteger(axis) && Math.abs(Number(axis)) <= 16))
    throw refuse(config, name, "an axis or a list of axes");
  return axes as readonly number[];
}

/** A number, or one for each of `rank` axes. */
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
    throw refuse(config, name, `${rank} whole numbers from 1 to ${maxSize}`);
  return sizes;
}

/** A switch. */
export function flagOf(config: LayerConfig, name: string, fallback: boolean): boolean {
  const value = valueOf(config, name) ?? fallback;
  if (typeof value !== "boolean") throw refuse(config, name, "true or false");
  return value;
}

/** A finite number. */
export function numberOf(config: LayerConfig, name: string, fallback: number): number {
  const value = valueOf(config, name) ?? fallback;
  if (typeof value !== "number" || !Number.isFinite(value)) throw refuse(config, name, "a number");
  return value;
}

/** One of some words. */
export function wordOf<const Word extends string>(
  config: LayerConfig,
  name: string,
  allowed: readonly Word[],
  fallback: Word,
): Word {
  const given = valueOf(config, name) ?? fallback;
  const value = typeof given === "string" ? snakeCase(given) : given;
  if (!allowed.includes(value as Word)) throw refuse(config, name, allowed.join(", "));
  return value as Word;
}

/** True where images have their channels before their height. */
export function channelsFirst(config: LayerConfig): boolean {
  return (
    wordOf(config, "data_format", ["channels_last", "channels_first"], "channels_last") === "channels_first"
  );
}

/** Name of a function in Keras' spelling; Keras 3 writes some as objects. */
export function activationOf(config: LayerConfig, name: string, fallback = "linear"): string {
  const value = valueOf(config, name) ?? fallback;
  if (typeof value === "string") return snakeCase(value);
  if (isJsonObject(value)) {
    const inner = value["config"];
    if (typeof inner === "string") return snakeCase(inner);
    const named = value["class_name"] ?? value["className"];
    if (typeof named === "string") return snakeCase(named);
  }
  throw refuse(config, name, "the name of a function");
}

/** A list of sizes where -1 and null stand for one that is not told. */
export function partialSizes(config: LayerConfig, name: string): readonly (number | undefined)[] | undefined {
  const value = valueOf(config, name);
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length > 16) throw refuse(config, name, "a list of at most 16 sizes");
  return (value as readonly unknown[]).map((size) => {
    if (size === null || size === -1) return undefined;
    if (typeof size === "number" && Number.isInteger(size) && size >= 0 && size <= maxSize) return size;
    throw refuse(config, name, `whole numbers from 0 to ${maxSize}, or null`);
  });
}

/** A shape that a file notes beside what it is of, the batch open; undefined where it is none, such as a list of shapes. */
export function notedShape(value: unknown): readonly (number | undefined)[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > 16) return undefined;
  const sizes = (value as readonly unknown[]).map((size) => (size === -1 ? null : size));
  const good = sizes.every(
    (size) => size === null || (Number.isInteger(size) && Number(size) >= 0 && Number(size) <= maxSize),
  );
  if (!good) return undefined;
  return sizes.map((size, axis) => (axis === 0 || size === null ? undefined : Number(size)));
}

import { isJsonObject } from "../../../../shared/json/json-object.ts";
import table from "./class-defaults.json" with { type: "json" };

/** What a class of transformers fills in where config.json is silent. */
export interface ClassDefaults {
  /** Values of settings. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Other names of settings: the class reads the key as its own setting, the value. */
  readonly names: Readonly<Record<string, string>>;
  /** Settings that hold a part of the model, and the `model_type` of that part. */
  readonly parts: Readonly<Record<string, string>>;
}

/** Rows by `model_type`; written by bench/peers/transformers_defaults.py. */
const classes: Readonly<Record<string, unknown>> = table.classes;
const checked = new Map<string, ClassDefaults>();

function isText(value: unknown): value is Readonly<Record<string, string>> {
  return isJsonObject(value) && Object.values(value).every((each) => typeof each === "string");
}

/** Checks one row of the table. Errors: `TypeError` for a row that the script cannot have written. */
function checkRow(modelType: string, row: unknown): ClassDefaults {
  const { values = {}, names = {}, parts = {}, ...others } = isJsonObject(row) ? row : { others: row };
  if (isJsonObject(values) && isText(names) && isText(parts) && Object.keys(others).length === 0)
    return { values, names, parts };
  throw new TypeError(
    `class-defaults.json: the row of ${modelType} is malformed; run bench/peers/transformers_defaults.py again`,
  );
}

/** Returns the defaults of a `model_type`, or undefined if transformers has no such class. */
export function findClassDefaults(modelType: string): ClassDefaults | undefined {
  if (!Object.hasOwn(classes, modelType)) return undefined;
  const defaults = checked.get(modelType) ?? checkRow(modelType, classes[modelType]);
  checked.set(modelType, defaults);
  return defaults;
}

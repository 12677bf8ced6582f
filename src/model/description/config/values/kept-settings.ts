import { isJsonObject } from "../../../../shared/json/json-object.ts";
import { maxLayers } from "../../max-layers.ts";
import type { SettingValue } from "../../model-description.ts";
import type { Config } from "./config-values.ts";

function isSetting(value: unknown): value is SettingValue {
  if (["number", "string", "boolean"].includes(typeof value)) return true;
  return (
    Array.isArray(value) &&
    value.length <= maxLayers &&
    (value.every((each) => typeof each === "number") || value.every((each) => typeof each === "string"))
  );
}

/**
 * Returns the settings that a description keeps: single values and short lists. A cap that is null is off and kept as false: a
 * missing one would mean the family's own. transformers 5 writes the rotated share of a head among the rotation's settings.
 */
export function keepSettings(config: Config): Readonly<Record<string, SettingValue>> {
  const rotation = config["rope_parameters"];
  const share = isJsonObject(rotation) ? rotation["partial_rotary_factor"] : undefined;
  return Object.fromEntries([
    ...(typeof share === "number" ? [["partial_rotary_factor", share] as const] : []),
    ...Object.entries(config).flatMap(([key, value]): readonly (readonly [string, SettingValue])[] => {
      if (value === null && key.endsWith("_softcapping")) return [[key, false]];
      return isSetting(value) ? [[key, value]] : [];
    }),
  ]);
}

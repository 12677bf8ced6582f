import { listCuts, listElements, listMembers } from "../../../shared/json/json-ranges.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";
import type { TextRange } from "../../../shared/json/text-range.ts";

/** A value inside a JSON text: the value, its range, and the range to cut to remove it (with its key, if it has one). */
export interface Field {
  readonly value: unknown;
  readonly range: TextRange;
  readonly cut: TextRange | undefined;
}

/** Members of an object by key. */
export type Fields = ReadonlyMap<string, Field>;

/**
 * Returns the members of the object `value` that starts at `start` of `json`. Of a duplicate key the last one counts, as in
 * `JSON.parse`; it has no cut, because cutting it would expose the earlier one.
 */
export function readFields(json: string, start: number, value: JsonObject): Fields {
  const members = listMembers(json, start);
  const cuts = listCuts(members.map((member) => ({ start: member.start, end: member.value.end })));
  const fields = new Map<string, Field>();
  for (const [index, { key, value: range }] of members.entries()) {
    fields.set(key, { value: value[key], range, cut: fields.has(key) ? undefined : cuts[index] });
  }
  return fields;
}

/** Returns the elements of the array `value` that starts at `start` of `json`. */
export function readItems(json: string, start: number, value: readonly unknown[]): readonly Field[] {
  const ranges = listElements(json, start);
  const cuts = listCuts(ranges);
  return ranges.map((range, index) => ({ value: value[index], range, cut: cuts[index] }));
}

/** Returns the JSON text of a value. */
export function sliceText(json: string, range: TextRange): string {
  return json.slice(range.start, range.end);
}

/** Returns a field's value if it is a string. */
export function readString(fields: Fields, key: string): string | undefined {
  const value = fields.get(key)?.value;
  return typeof value === "string" ? value : undefined;
}

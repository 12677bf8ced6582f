import { readFields } from "../conversation/json/fields.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";

/** Returns an object's JSON text without some of its members; all other bytes stay as they are. */
export function cutMembers(json: string, value: JsonObject, names: ReadonlySet<string>): string {
  let text = json;
  for (const name of names) {
    if (!Object.hasOwn(value, name)) continue;
    const cut = readFields(text, 0, value).get(name)?.cut;
    if (cut !== undefined) text = text.slice(0, cut.start) + text.slice(cut.end);
  }
  return text;
}

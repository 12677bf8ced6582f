import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";
import type { Format } from "../message/message.ts";

/**
 * How much a sign proves. `certain`: only this format has it. `likely`: another format can have it as well, so it gives way to
 * any certain sign and to the fields of the request.
 */
export type SignStrength = "certain" | "likely";

/** What identifies one format. A format is recognized by its row of the table `formatSigns`. */
export interface FormatSigns {
  /** Roles of this format's messages. */
  readonly roles: ReadonlySet<string>;
  /** Types of items that have no role. Empty if every message has a role. */
  readonly itemTypes: ReadonlySet<string>;
  /** Types of content blocks that this format has, including those it shares with others. Unknown ones are refused while no sign settles the format. */
  readonly blockTypes: ReadonlySet<string>;
  /** Keys under which only this format's requests hold their messages. */
  readonly listKeys: readonly string[];
  /** Formats whose messages this one holds as well: their signs do not contradict it. */
  readonly includes: readonly Format[];
  /** Returns the sign in a message's own fields, if any. */
  readonly readMessageSign: (message: JsonObject) => SignStrength | undefined;
  /** Returns the sign in one block of a message's content, if any. */
  readonly readBlockSign: (block: JsonObject) => SignStrength | undefined;
  /** Counts the signs among a request's own fields; 0 if there are none. */
  readonly countRequestSigns: (request: JsonObject) => number;
}

/** Returns true for a field that is present and not null. */
export function hasField(value: JsonObject, name: string): boolean {
  return value[name] !== undefined && value[name] !== null;
}

/** Returns how many of the fields are present and not null. */
export function countFields(value: JsonObject, names: readonly string[]): number {
  return names.filter((name) => hasField(value, name)).length;
}

/** Returns the objects of a list; none if it is not a list. */
export function listObjects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly unknown[]).filter(isJsonObject) : [];
}

import { LoadlineError } from "../../../shared/errors.ts";
import { describeValue } from "../../../shared/options.ts";
import type { Fields } from "../json/fields.ts";
import { readFields } from "../json/fields.ts";
import type { Format, Message, Part, Role } from "../message/message.ts";
import { parseJson } from "../json/parse-json.ts";
import { readMessageTime } from "./message-time.ts";
import { readObservation } from "./observation.ts";
import { ownValue } from "../../../shared/own-value.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";

/** What a reader needs of the previous message: a `Message`, or the entry it was stored as. */
export interface PreviousMessage {
  readonly role: Role;
  readonly parts: readonly Pick<Part, "kind">[];
}

/** One message to read: its JSON text, its parsed value, and its place in the input. */
export interface MessageSource {
  readonly json: string;
  readonly value: unknown;
  /** How an error names it, for example `message 3` or `line 12`. */
  readonly place: string;
  /** The previous message: it distinguishes an observation of an action from a request. */
  readonly previous?: PreviousMessage | undefined;
}

/** Reads one message of one format. */
export type MessageReader = (source: MessageSource) => Message;

/** Refuses a message. Errors: `invalid-message`, with the place, the field, the value and what is allowed. */
export function refuseMessage(place: string, what: string, value: unknown, allowed: string): never {
  const got = value === undefined ? "nothing" : describeValue(value);
  throw new LoadlineError("invalid-message", `${place}: ${what}: got ${got}, allowed: ${allowed}`, {
    details: { place, field: what, got, allowed },
  });
}

/** Makes a source of a single message's JSON text. Errors: `invalid-json`. */
export function parseSource(json: string, previous?: PreviousMessage): MessageSource {
  return { json, value: parseJson(json), place: "message", previous };
}

/** Returns the members of a message. Errors: `invalid-message` if it is not an object. */
export function readMessageFields(source: MessageSource): Fields {
  if (!isJsonObject(source.value)) refuseMessage(source.place, "message", source.value, "an object");
  return readFields(source.json, source.json.indexOf("{"), source.value);
}

/** Maps a message's role to ours. Errors: `invalid-message` for a role that is not in the format's table. */
export function readRole(source: MessageSource, fields: Fields, roles: Readonly<Record<string, Role>>): Role {
  const word = fields.get("role")?.value;
  const role = typeof word === "string" ? ownValue(roles, word) : undefined;
  return role ?? refuseMessage(source.place, "role", word, Object.keys(roles).join(", "));
}

/**
 * Returns the parts with blank texts next to reasoning as reasoning: such a text must leave with it, because providers refuse a text of
 * nothing but white space.
 */
function foldBlankTexts(parts: readonly Part[]): readonly Part[] {
  if (!parts.some((part) => part.kind === "reasoning")) return parts;
  return parts.map((part) =>
    part.kind === "text" && part.cut !== undefined && part.text.trim() === ""
      ? { ...part, kind: "reasoning", body: undefined }
      : part,
  );
}

/** Makes the message of a source. */
export function makeMessage(
  source: MessageSource,
  fields: Fields,
  read: {
    readonly format: Format;
    readonly role: Role;
    readonly parts: readonly Part[];
    readonly speaker?: string | undefined;
  },
): Message {
  const { role, parts } = readObservation(read, source.previous);
  return {
    json: source.json,
    format: read.format,
    role,
    parts: foldBlankTexts(parts),
    speaker: read.speaker?.toWellFormed(),
    time: readMessageTime(fields),
  };
}

import type { JsonObject } from "../../../shared/json/json-object.ts";
import type { MessageSource } from "../formats/message-source.ts";
import type { JsonDocument } from "../json/json-documents.ts";
import type { JsonNode } from "../json/json-node.ts";
import type { Format, Frame, ReportedUsage } from "../message/message.ts";

/** One message to read, with what the file states about it outside the message. */
export interface RawSource extends MessageSource {
  /** Milliseconds since 1970 UTC. */
  readonly time?: number | undefined;
  readonly usage?: ReportedUsage | undefined;
}

/** A conversation whose messages were found but not read yet. */
export interface RawConversation {
  readonly frame: Frame;
  readonly model: string | undefined;
  /** The object around the messages: its own fields are signs of the format. */
  readonly request: JsonObject | undefined;
  readonly sources: readonly RawSource[];
  /** The format of messages that were converted, or of an answer whose envelope states it. */
  readonly format?: Format | undefined;
  /** The form that the messages were converted from. */
  readonly converted?: string | undefined;
}

/** The frame of a conversation that states none. */
export const noFrame: Frame = { system: undefined, tools: undefined };

/** A row of the table of dumps: one product's or framework's form of a conversation. */
export interface DumpReader {
  /** How errors and `converted` name the form: `ChatGPT export`. */
  readonly title: string;
  readonly recognizes: (documents: readonly JsonDocument[]) => boolean;
  /** Converts the conversations of a file. Errors: `unknown-format` if it holds no messages. */
  readonly read: (documents: readonly JsonDocument[]) => readonly RawConversation[];
}

/** Makes the source of a converted message. */
export function makeConverted(
  node: JsonNode,
  place: string,
  facts: Pick<RawSource, "time" | "usage"> = {},
): RawSource {
  return { json: node.json, value: node.value, place, ...facts };
}

/** Returns how errors name a message of a dump: by its number in the file's own list. */
export function placeInDump(index: number, line: number | undefined): string {
  return line === undefined ? `message ${index}` : `line ${line}, message ${index}`;
}

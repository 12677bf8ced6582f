import { LoadlineError } from "../../../shared/errors.ts";
import type { Format, Role } from "../../conversation/message/message.ts";
import { formats } from "../../conversation/read/read-message.ts";
import { decodeParts } from "../encode-entry.ts";
import { makeRowChecksum } from "../entry-checksum.ts";
import type { Entry, StoredPart, ThreadRecord } from "../store.ts";
import { entriesPerThread } from "./schema.ts";

/** A row as node:sqlite returns it. */
export type Row = Readonly<Record<string, unknown>>;

const roles: readonly string[] = ["system", "user", "assistant", "tool"] satisfies Role[];

const sharedColumns =
  "entries.id AS id, key, chain, checksum, format, role, speaker, time, tokens, counter, hidden, parts";
/** Selects entire entries: each one's text by one join. A range of ids must follow. */
export const selectEntries: string = `SELECT ${sharedColumns}, terms, texts.text AS json FROM entries LEFT JOIN texts ON texts.id = entries.text`;
/** Selects outlines, which have empty texts instead of the long columns, so that their pages are not read. */
export const selectOutlines: string = `SELECT ${sharedColumns}, '' AS terms, '' AS json FROM entries`;
/** Selects threads with their owners' names. A condition must follow. */
export const selectThreads: string =
  "SELECT threads.*, owners.owner AS owner_name FROM threads LEFT JOIN owners ON owners.number = threads.owner";

/** Makes the error for a damaged record; `where` names it, for example `thread m, entry 3`. */
export function makeDamagedError(
  where: string,
  field: string,
  more: { readonly cause?: unknown; readonly details?: Readonly<Record<string, string | number>> } = {},
): LoadlineError {
  return new LoadlineError("store-corrupt", `${where}: damaged ${field}; restore the store from a backup`, {
    cause: more.cause,
    details: more.details ?? {},
  });
}

/** Reads the fields of one row and refuses those of another type; `where` and `details` name the record. */
export class RowFields {
  readonly #row: Row;
  readonly #where: string;
  readonly #details: Readonly<Record<string, string | number>>;

  constructor(row: Row, where: string, details: Readonly<Record<string, string | number>>) {
    this.#row = row;
    this.#where = where;
    this.#details = details;
  }

  makeDamaged(field: string, cause?: unknown): LoadlineError {
    return makeDamagedError(this.#where, field, { cause, details: this.#details });
  }

  text(field: string): string {
    const value = this.#row[field];
    if (typeof value !== "string") throw this.makeDamaged(field);
    return value;
  }

  optionalText(field: string): string | undefined {
    return this.#row[field] === null ? undefined : this.text(field);
  }

  integer(field: string): number {
    const value = this.#row[field];
    if (typeof value !== "number" || !Number.isInteger(value)) throw this.makeDamaged(field);
    return value;
  }

  optionalInteger(field: string): number | undefined {
    return this.#row[field] === null ? undefined : this.integer(field);
  }

  format(): Format {
    const format = this.text("format");
    if (!formats.some((known) => known === format)) throw this.makeDamaged("format");
    return format as Format;
  }
}

/**
 * Decodes an entry of a thread and checks every field. An entire entry must match its checksum; an outline has no text to check it with,
 * and parts that cannot be decoded are left out of it, so that damage costs this entry and not the thread. Errors: `store-corrupt`.
 */
export function readEntry(row: Row, thread: string, form: "whole" | "outline"): Entry {
  const seq = Number(row["id"]) % entriesPerThread;
  const fields = new RowFields(row, `thread ${thread}, entry ${seq}`, { thread, seq });
  const format = fields.format();
  const role = fields.text("role");
  if (!roles.includes(role)) throw fields.makeDamaged("role");
  const encodedParts = fields.text("parts");
  const entry = {
    seq,
    key: fields.text("key"),
    chain: fields.text("chain"),
    checksum: fields.text("checksum"),
    json: fields.text("json"),
    format,
    role: role as Role,
    speaker: fields.optionalText("speaker"),
    time: fields.integer("time"),
    tokens: fields.integer("tokens"),
    parts: readParts(encodedParts, fields, form),
    counter: fields.text("counter"),
    terms: fields.text("terms"),
    hidden: fields.integer("hidden") !== 0,
  };
  if (form === "whole" && entry.checksum !== makeRowChecksum({ ...entry, encodedParts }))
    throw fields.makeDamaged("content (its checksum does not match)");
  return entry;
}

function readParts(encoded: string, fields: RowFields, form: "whole" | "outline"): readonly StoredPart[] {
  try {
    return decodeParts(encoded);
  } catch (cause) {
    if (form === "outline") return [];
    throw fields.makeDamaged("parts", cause);
  }
}

/** A thread's record with the numbers that stand for it and its owner in other tables. */
export interface NumberedThread extends ThreadRecord {
  readonly number: number;
  readonly ownerNumber: number;
}

/** Decodes a thread's record. Errors: `store-corrupt`. */
export function readThread(row: Row): NumberedThread {
  const name = typeof row["thread"] === "string" ? row["thread"] : `number ${String(row["number"])}`;
  const fields = new RowFields(row, `thread ${name}`, { thread: name });
  return {
    number: fields.integer("number"),
    ownerNumber: fields.integer("owner"),
    thread: fields.text("thread"),
    owner: fields.text("owner_name"),
    parent: fields.optionalText("parent"),
    forkSeq: fields.integer("fork_seq"),
    created: fields.integer("created"),
    session: fields.optionalText("session"),
    continues: fields.optionalText("continues"),
    provisionalUntil: fields.optionalInteger("provisional_until"),
    keyVersion: fields.integer("key_version"),
  };
}

/** Returns a record without the numbers. */
export function dropNumbers(row: NumberedThread): ThreadRecord {
  const { thread, owner, parent, forkSeq, created, session, continues, provisionalUntil, keyVersion } = row;
  return { thread, owner, parent, forkSeq, created, session, continues, provisionalUntil, keyVersion };
}

/** Returns the id of an entry of a thread, and of an answer's message. */
export function makeEntryId(threadNumber: number, seq: number): number {
  return threadNumber * entriesPerThread + seq;
}

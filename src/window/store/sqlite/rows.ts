import { LoadlineError } from "../../../shared/errors.ts";
import type { Format, Role } from "../../conversation/message/message.ts";
import { decodeParts } from "../encode-entry.ts";
import type { Entry, ThreadRecord, StoredPart } from "../store.ts";
import { entriesPerThread } from "./schema.ts";

/** A row as node:sqlite returns it. */
export type Row = Readonly<Record<string, unknown>>;

const formats: readonly string[] = [
  "openai-chat",
  "openai-responses",
  "anthropic",
  "ai-sdk",
  "swe-agent",
  "gemini",
  "bedrock",
  "openai-agents",
  "ollama",
  "langchain",
] satisfies Format[];
const roles: readonly string[] = ["system", "user", "assistant", "tool"] satisfies Role[];

/** Columns of an entry; an outline has empty texts instead of the long columns, so that their pages are not read. */
export const entryColumns = "id, hash, format, role, speaker, time, tokens, counter, parts, terms, json";
export const outlineColumns =
  "id, hash, format, role, speaker, time, tokens, counter, parts, '' AS terms, '' AS json";

function damagedRowError(row: Row, field: string, cause?: unknown): LoadlineError {
  const id = Number(row["id"]);
  const where =
    row["id"] === undefined
      ? "thread"
      : `thread number ${Math.floor(id / entriesPerThread)}, entry ${id % entriesPerThread}`;
  return new LoadlineError("store-corrupt", `${where}: damaged ${field}; restore the store from a backup`, {
    cause,
  });
}

function readText(row: Row, field: string): string {
  const value = row[field];
  if (typeof value !== "string") throw damagedRowError(row, field);
  return value;
}

function readInteger(row: Row, field: string): number {
  const value = row[field];
  if (typeof value !== "number" || !Number.isInteger(value)) throw damagedRowError(row, field);
  return value;
}

function readParts(row: Row): readonly StoredPart[] {
  try {
    return decodeParts(readText(row, "parts"));
  } catch (cause) {
    throw damagedRowError(row, "parts", cause);
  }
}

/** Decodes an entry and checks every field. Errors: `store-corrupt`. */
export function readEntry(row: Row): Entry {
  const format = readText(row, "format");
  const role = readText(row, "role");
  if (!formats.includes(format)) throw damagedRowError(row, "format");
  if (!roles.includes(role)) throw damagedRowError(row, "role");
  const speaker = row["speaker"];
  return {
    seq: readInteger(row, "id") % entriesPerThread,
    hash: readText(row, "hash"),
    json: readText(row, "json"),
    format: format as Format,
    role: role as Role,
    speaker: typeof speaker === "string" ? speaker : undefined,
    time: readInteger(row, "time"),
    tokens: readInteger(row, "tokens"),
    parts: readParts(row),
    counter: readText(row, "counter"),
    terms: readText(row, "terms"),
  };
}

/** A thread's record with the number that its keys start with. */
export interface NumberedThread extends ThreadRecord {
  readonly number: number;
}

/** Decodes a thread's record. Errors: `store-corrupt`. */
export function readThread(row: Row): NumberedThread {
  const parent = row["parent"];
  return {
    number: readInteger(row, "number"),
    thread: readText(row, "line"),
    owner: readText(row, "owner"),
    parent: typeof parent === "string" ? parent : undefined,
    forkSeq: readInteger(row, "fork_seq"),
    created: readInteger(row, "created"),
  };
}

/** Returns the id of an entry of a thread. */
export function makeEntryId(threadNumber: number, seq: number): number {
  return threadNumber * entriesPerThread + seq;
}

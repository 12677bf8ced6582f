import type { DatabaseSync, StatementSync } from "node:sqlite";
import { chainKey, contentKey } from "../../../conversation/message/identity.ts";
import type { Format, Message, Part, Role } from "../../../conversation/message/message.ts";
import { readMessage } from "../../../conversation/read/read-message.ts";
import { makeRowChecksum } from "../../entry-checksum.ts";

/** What is known of the messages before those that get keys: enough to number calls. */
export interface PastMessage {
  readonly role: Role;
  readonly parts: readonly Pick<Part, "kind" | "callId">[];
}

/** Makes the keys of messages, in order; `past` are those before them in their thread, including a fork's past. */
export type MakeKeys = (messages: readonly Message[], past: readonly PastMessage[]) => readonly string[];

/** Messages that get their keys together: enough to be fast, and few enough to fit in memory whatever a thread's size. */
const maxChunkEntries = 1_000;
const maxChunkCharacters = 16_000_000;

/** A thread as version 2 stored it. */
export interface OldThread {
  readonly number: number;
  readonly name: string;
  readonly owner: number;
  readonly parent: string | undefined;
  readonly forkSeq: number;
}

/** An entry that was copied: what its followers need of it. */
export interface OldEntry {
  readonly seq: number;
  /** The hash that version 2 chained. */
  readonly hash: string;
  readonly chain: string;
  /** Undefined if it cannot be read. */
  readonly past: PastMessage | undefined;
}

type OldRow = Readonly<Record<string, unknown>>;

/** Returns the id of an owner's text, stored now if it is new. */
export type KeepText = (owner: number, text: string) => number;

/** What copying needs besides the database. */
interface CopierParts {
  readonly entriesPerThread: number;
  readonly makeKeys: MakeKeys;
  readonly keepText: KeepText;
}

/** Copies the entries of version 2, thread by thread, and gives them keys, chains and checksums. */
export class EntryCopier {
  readonly #parts: CopierParts;
  readonly #read: StatementSync;
  readonly #insert: StatementSync;
  readonly #remove: StatementSync;

  constructor(database: DatabaseSync, parts: CopierParts) {
    this.#parts = parts;
    this.#read = database.prepare("SELECT * FROM old_entries WHERE id >= ? AND id < ? ORDER BY id");
    this.#insert = database.prepare(
      "INSERT INTO entries (id, text, key, chain, checksum, format, role, speaker, time, tokens, counter, hidden, parts, terms) SELECT id, ?, ?, ?, ?, format, role, speaker, time, tokens, counter, 0, parts, terms FROM old_entries WHERE id = ?",
    );
    // Freed pages are used again at once, so that the file grows by one thread at most and not to twice its size.
    this.#remove = database.prepare("DELETE FROM old_entries WHERE id >= ? AND id < ?");
  }

  /** Copies a thread's own entries; `past` are those before them. */
  copy({ number, owner }: OldThread, past: readonly OldEntry[]): readonly OldEntry[] {
    const { entriesPerThread } = this.#parts;
    const range = [number * entriesPerThread, (number + 1) * entriesPerThread] as const;
    const copied = [...past];
    const before = past.map((entry) => entry.past).filter(isRead);
    let rows: OldRow[] = [];
    let characters = 0;
    const copyRows = (): void => {
      this.#copyRows(rows, owner, { copied, before });
      rows = [];
      characters = 0;
    };
    for (const row of this.#read.iterate(...range)) {
      rows.push(row);
      characters += String(row["json"]).length;
      if (rows.length >= maxChunkEntries || characters >= maxChunkCharacters) copyRows();
    }
    copyRows();
    this.#remove.run(...range);
    return copied.slice(past.length);
  }

  /** Copies rows of one thread and adds them to what was copied before. */
  #copyRows(
    rows: readonly OldRow[],
    owner: number,
    path: { copied: OldEntry[]; before: PastMessage[] },
  ): void {
    const { entriesPerThread, makeKeys, keepText } = this.#parts;
    const { copied, before } = path;
    let previous: PastMessage | undefined = copied.at(-1)?.past;
    const messages = rows.map((row) => {
      const message = tryRead(String(row["json"]), String(row["format"]), previous);
      previous = message;
      return message;
    });
    const keys = makeKnownKeys(messages, before, makeKeys);
    for (const [index, row] of rows.entries()) {
      const [id, json, hash] = [Number(row["id"]), String(row["json"]), String(row["hash"])];
      const message = messages[index];
      const key = keys[index] ?? contentKey("unread", json);
      const seq = id % entriesPerThread;
      const parent = copied.at(-1);
      const chain = chainKey(parent?.chain ?? "", key);
      // A fault that version 2 would have found must stay visible: a new checksum would cover damaged bytes.
      const parentHash = seq === 0 ? "" : parent?.seq === seq - 1 ? parent.hash : undefined;
      const isIntact = parentHash === undefined || hash === chainKey(parentHash, json);
      const checksum = isIntact ? checksumOf(row, key, json) : contentKey("damaged", hash);
      this.#insert.run(keepText(owner, json), key, chain, checksum, id);
      copied.push({ seq, hash, chain, past: message === undefined ? undefined : takePast(message) });
    }
    for (const message of messages.filter(isRead)) before.push(takePast(message));
  }
}

/**
 * Returns the key of each message; undefined for one that cannot be read. If keys cannot be made, each is tried alone: an upgrade that
 * fails would lock a user out of everything stored.
 */
function makeKnownKeys(
  messages: readonly (Message | undefined)[],
  before: readonly PastMessage[],
  makeKeys: MakeKeys,
): readonly (string | undefined)[] {
  const read = messages.filter(isRead);
  const together = tryKeys(read, before, makeKeys);
  if (together !== undefined) {
    const keys = together.values();
    return messages.map((message) => (message === undefined ? undefined : keys.next().value));
  }
  const past = [...before];
  return messages.map((message) => {
    if (message === undefined) return undefined;
    const key = tryKeys([message], past, makeKeys)?.[0];
    past.push(takePast(message));
    return key;
  });
}

function tryKeys(
  messages: readonly Message[],
  past: readonly PastMessage[],
  makeKeys: MakeKeys,
): readonly string[] | undefined {
  try {
    const keys = makeKeys(messages, past);
    return keys.length === messages.length ? keys : undefined;
  } catch {
    return undefined;
  }
}

/** Drops a message's texts: the past of a long thread would not fit in memory. */
function takePast({ role, parts }: Message): PastMessage {
  return { role, parts: parts.map(({ kind, callId }) => ({ kind, callId })) };
}

function isRead<Read>(message: Read | undefined): message is Read {
  return message !== undefined;
}

function tryRead(json: string, format: string, previous: PastMessage | undefined): Message | undefined {
  try {
    return readMessage(json, format as Format, previous);
  } catch {
    return undefined;
  }
}

function checksumOf(row: OldRow, key: string, json: string): string {
  const { format, role, speaker, time, tokens, counter, parts, terms } = row;
  return makeRowChecksum({
    key,
    json,
    format: String(format),
    role: String(role),
    speaker: speaker === null ? undefined : String(speaker),
    time: Number(time),
    tokens: Number(tokens),
    counter: String(counter),
    terms: String(terms),
    hidden: false,
    encodedParts: String(parts),
  });
}

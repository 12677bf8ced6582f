import type { DatabaseSync } from "node:sqlite";
import { isJsonObject } from "../../../../shared/json/json-object.ts";
import { contentKey, keyVersion } from "../../../conversation/message/identity.ts";
import { EntryCopier } from "./3-copy-entries.ts";
import type { KeepText, MakeKeys, OldEntry, OldThread } from "./3-copy-entries.ts";

/**
 * Version 3: threads get their name, entries get key, chain and checksum, and each text is stored once per owner. Answers and what was
 * sent last get tables. An answer's id is its thread's number times 2^30 plus its index, as an entry's id is made from its seq.
 */
const schema = `
ALTER TABLE entries RENAME TO old_entries;
ALTER TABLE events RENAME TO old_events;
CREATE TABLE owners (number INTEGER PRIMARY KEY, owner TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE texts (
  id INTEGER PRIMARY KEY,
  owner INTEGER NOT NULL,
  hash BLOB NOT NULL,
  text TEXT NOT NULL,
  UNIQUE (owner, hash)
) STRICT;
CREATE TABLE threads (
  number INTEGER PRIMARY KEY,
  thread TEXT NOT NULL UNIQUE,
  owner INTEGER NOT NULL,
  parent TEXT,
  fork_seq INTEGER NOT NULL,
  created INTEGER NOT NULL,
  session TEXT,
  continues TEXT,
  provisional_until INTEGER,
  key_version INTEGER NOT NULL
) STRICT;
CREATE INDEX threads_by_owner ON threads (owner, number);
CREATE INDEX threads_by_session ON threads (owner, session, number) WHERE session IS NOT NULL;
CREATE TABLE entries (
  id INTEGER PRIMARY KEY,
  text INTEGER NOT NULL,
  key TEXT NOT NULL,
  chain TEXT NOT NULL,
  checksum TEXT NOT NULL,
  format TEXT NOT NULL,
  role TEXT NOT NULL,
  speaker TEXT,
  time INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  counter TEXT NOT NULL,
  hidden INTEGER NOT NULL,
  parts TEXT NOT NULL,
  terms TEXT NOT NULL
) STRICT;
CREATE TABLE events (
  thread INTEGER NOT NULL,
  place INTEGER NOT NULL,
  kind TEXT NOT NULL,
  time INTEGER NOT NULL,
  checksum TEXT NOT NULL,
  texts TEXT NOT NULL,
  json TEXT NOT NULL,
  PRIMARY KEY (thread, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE answers (
  id INTEGER PRIMARY KEY,
  owner INTEGER NOT NULL,
  text INTEGER NOT NULL,
  answer INTEGER NOT NULL,
  place INTEGER NOT NULL,
  parent_chain TEXT NOT NULL,
  key TEXT NOT NULL,
  checksum TEXT NOT NULL,
  format TEXT NOT NULL,
  response_id TEXT,
  time INTEGER NOT NULL,
  complete INTEGER NOT NULL,
  usage TEXT
) STRICT;
CREATE INDEX answers_by_key ON answers (owner, key, time);
CREATE INDEX answers_by_response ON answers (owner, response_id, time) WHERE response_id IS NOT NULL;
CREATE TABLE sent (thread INTEGER PRIMARY KEY, checksum TEXT NOT NULL, json TEXT NOT NULL) STRICT;
INSERT INTO owners (owner) SELECT owner FROM lines GROUP BY owner ORDER BY min(number);
INSERT INTO threads
  SELECT lines.number, line, owners.number, parent, fork_seq, created, NULL, NULL, NULL, ${keyVersion}
  FROM lines JOIN owners ON owners.owner = lines.owner;
DROP TABLE lines;
`;

/** Upgrades to version 3. All of it is one transaction of the caller. */
export function addKeysAndTexts(database: DatabaseSync, entriesPerThread: number, makeKeys: MakeKeys): void {
  database.exec(schema);
  const keepText = prepareTexts(database);
  const threads = database
    .prepare("SELECT number, thread, owner, parent, fork_seq FROM threads ORDER BY number")
    .all()
    .map((row): OldThread => ({
      number: Number(row["number"]),
      name: String(row["thread"]),
      owner: Number(row["owner"]),
      parent: row["parent"] === null ? undefined : String(row["parent"]),
      forkSeq: Number(row["fork_seq"]),
    }));
  copyEvents(database, threads, keepText);
  const copier = new EntryCopier(database, { entriesPerThread, makeKeys, keepText });
  const children = groupByParent(threads);
  // Depth first, so that each message is read once however many forks share it. A list and no recursion: forks can be thousands deep.
  const open = (children.get(undefined) ?? [])
    .toReversed()
    .map((thread) => ({ thread, path: [] as readonly OldEntry[] }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { thread } = next;
    const past = next.path.filter(({ seq }) => seq < thread.forkSeq);
    const path = [...past, ...copier.copy(thread, past)];
    for (const child of (children.get(thread.number) ?? []).toReversed()) open.push({ thread: child, path });
  }
  database.exec("DROP TABLE old_entries; DROP TABLE old_events;");
}

/** Groups threads by their parent's number; undefined for those without a parent, or with one that is missing or newer. */
function groupByParent(threads: readonly OldThread[]): ReadonlyMap<number | undefined, readonly OldThread[]> {
  const numbers = new Map(threads.map(({ name, number }) => [name, number]));
  return Map.groupBy(threads, ({ parent, number }) => {
    const found = parent === undefined ? undefined : numbers.get(parent);
    return found !== undefined && found < number ? found : undefined;
  });
}

function prepareTexts(database: DatabaseSync): KeepText {
  const find = database.prepare("SELECT id FROM texts WHERE owner = ? AND hash = ?");
  const insert = database.prepare("INSERT INTO texts (owner, hash, text) VALUES (?, ?, ?)");
  return (owner, text) => {
    const hash = Buffer.from(contentKey(text), "hex");
    const row = find.get(owner, hash);
    return Number(row === undefined ? insert.run(owner, hash, text).lastInsertRowid : row["id"]);
  };
}

function copyEvents(database: DatabaseSync, threads: readonly OldThread[], keepText: KeepText): void {
  const owners = new Map(threads.map(({ number, owner }) => [number, owner]));
  const insert = database.prepare(
    "INSERT INTO events (thread, place, kind, time, checksum, texts, json) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  for (const row of database.prepare("SELECT * FROM old_events ORDER BY line, place").iterate()) {
    const [thread, place, time] = [Number(row["line"]), Number(row["place"]), Number(row["time"])];
    const kind = String(row["kind"]);
    const owner = owners.get(thread);
    const old = String(row["json"]);
    const { json, texts } = owner === undefined ? { json: old, texts: [] } : upgradeEvent(kind, old);
    const ids = texts.map((text) => keepText(owner ?? 0, text));
    const checksum = contentKey(kind, String(time), json, ...texts);
    insert.run(thread, place, kind, time, checksum, ids.join(" "), json);
  }
}

/**
 * Returns an event in version 2 of its saved form: a recall's reason is called "requested", and a frame's texts stand outside its JSON.
 * Anything that version 1 did not write stays as it is.
 */
function upgradeEvent(kind: string, json: string): { json: string; texts: readonly string[] } {
  let body: unknown;
  try {
    body = JSON.parse(json);
  } catch {
    return { json, texts: [] };
  }
  if (!isJsonObject(body) || body["v"] !== 1) return { json, texts: [] };
  if (kind === "frame") {
    const texts: string[] = [];
    const place = (text: unknown): number | undefined =>
      typeof text === "string" ? texts.push(text) - 1 : undefined;
    const placed = ["system", "tools", "responseFormat", "toolChoice"].map((name) => [
      name,
      place(body[name]),
    ]);
    return { json: JSON.stringify({ v: 2, ...Object.fromEntries(placed), lead: [] }), texts };
  }
  const { edit } = body;
  const isOldReason = kind === "edit" && isJsonObject(edit) && edit["reason"] === "asked";
  const changed = isOldReason ? { ...body, v: 2, edit: { ...edit, reason: "requested" } } : { ...body, v: 2 };
  return { json: JSON.stringify(changed), texts: [] };
}

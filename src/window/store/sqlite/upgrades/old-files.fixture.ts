import { DatabaseSync } from "node:sqlite";
import { chainKey } from "../../../conversation/message/identity.ts";
import type { Format, Role } from "../../../conversation/message/message.ts";
import { oddTexts } from "../../contract/given.contract.ts";
import { encodeTerms } from "../search-words.ts";

/** An entry as versions 1 and 2 stored it; fields that are not given get values that differ from entry to entry. */
export interface OldFileEntry {
  readonly json: string;
  readonly format?: Format;
  readonly role?: Role;
  readonly terms?: string;
  readonly parts?: string;
}

/** A thread as versions 1 and 2 stored it. */
export interface OldFileThread {
  readonly thread: string;
  readonly owner?: string;
  readonly parent?: string;
  readonly forkSeq?: number;
  readonly entries: readonly OldFileEntry[];
  /** Kind and JSON text of each event. */
  readonly events?: readonly (readonly [kind: string, json: string])[];
}

// Both schemas are spelled out here and not taken from the upgrade steps: a change to a step would strand the files that exist.
const versionOne = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE lines (number INTEGER PRIMARY KEY, line TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, parent TEXT,
    fork_seq INTEGER NOT NULL, created INTEGER NOT NULL) STRICT;
  CREATE INDEX lines_by_owner ON lines (owner, number);
  CREATE TABLE entries (id INTEGER PRIMARY KEY, hash TEXT NOT NULL, format TEXT NOT NULL, role TEXT NOT NULL, speaker TEXT,
    time INTEGER NOT NULL, tokens INTEGER NOT NULL, counter TEXT NOT NULL, parts TEXT NOT NULL, terms TEXT NOT NULL,
    json TEXT NOT NULL) STRICT;
  CREATE TABLE events (line INTEGER NOT NULL, place INTEGER NOT NULL, kind TEXT NOT NULL, time INTEGER NOT NULL,
    json TEXT NOT NULL, PRIMARY KEY (line, place)) STRICT, WITHOUT ROWID;
  CREATE TABLE calibrations (model TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${0x4c_4f_41_44};
  PRAGMA user_version = 1;
`;
const versionTwo = `
  CREATE VIRTUAL TABLE entry_words USING fts5(words, content='', tokenize='ascii');
  CREATE VIRTUAL TABLE entry_places USING fts5vocab(entry_words, 'instance');
  PRAGMA user_version = 2;
`;

/** Writes a file as an old version left it, with a calibration of model "m". A fork's entries follow its parent's. */
export function writeOldFile(path: string, version: 1 | 2, threads: readonly OldFileThread[]): void {
  const database = new DatabaseSync(path);
  database.exec(versionOne);
  if (version === 2) database.exec(versionTwo);
  database.exec("BEGIN");
  database.prepare("INSERT INTO calibrations VALUES ('m', ?)").run('{"factor":1}');
  const line = database.prepare("INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?)");
  const entry = database.prepare("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const event = database.prepare("INSERT INTO events VALUES (?, ?, ?, ?, ?)");
  const words =
    version === 2 ? database.prepare("INSERT INTO entry_words (rowid, words) VALUES (?, ?)") : undefined;
  const hashes = new Map<string, readonly string[]>();
  for (const [
    index,
    { thread, owner = "ann", parent, forkSeq = 0, entries, events = [] },
  ] of threads.entries()) {
    const number = index + 1;
    line.run(number, thread, owner, parent ?? null, forkSeq, 1_700_000_000_000 + index);
    const path = (hashes.get(parent ?? "") ?? []).slice(0, forkSeq);
    for (const { json, format = "openai-chat", role = "user", terms = "", parts = "[]" } of entries) {
      const seq = path.length;
      const id = number * 2 ** 30 + seq;
      // Version 2 chained the bytes by the formula that now chains the keys.
      const hash = chainKey(path.at(-1) ?? "", json);
      const speaker = seq % 3 === 0 ? "Ann 'O\"Neil" : null;
      entry.run(
        id,
        hash,
        format,
        role,
        speaker,
        1_700_000_000_000 + seq,
        7 + seq,
        "count/1",
        parts,
        terms,
        json,
      );
      words?.run(id, encodeTerms(number, terms));
      path.push(hash);
    }
    hashes.set(thread, path);
    for (const [place, [kind, json]] of events.entries()) event.run(number, place, kind, 5 + place, json);
  }
  database.exec("COMMIT");
  database.close();
}

const call = (id: string, command: string): OldFileEntry => ({
  json: `{"role":"assistant","content":null,"tool_calls":[{"id":"${id}","type":"function","function":{"name":"run","arguments":${JSON.stringify(JSON.stringify({ command }))}}}]}`,
  role: "assistant",
  terms: `run ${command}`,
  parts: `[[2,5,0,[40,90],0,${JSON.stringify(id)},"run","${"0".repeat(32)}"]]`,
});
const result = (id: string, text: string): OldFileEntry => ({
  json: JSON.stringify({ role: "tool", tool_call_id: id, content: text }),
  role: "tool",
  terms: text,
});
const user = (content: string): OldFileEntry => ({
  json: JSON.stringify({ role: "user", content }),
  terms: content,
});

/** Saves an edit as version 1 did, with a text that looks like its fields. */
export function oldEdit(number: number, reason: string): readonly [kind: string, json: string] {
  const text = `"reason":"asked" {"v":1,"edit":{"reason":"asked"}} \u0000 ${number}`;
  const edit = {
    number,
    measure: "stub",
    reason,
    why: '"reason":"asked"',
    time: 1.5,
    targets: [
      { seq: 1, part: 0, text, tokens: 3 },
      { seq: 2, tokens: 0 },
    ],
    insertion: { beforeSeq: 1, text: '{"reason":"asked"}', tokens: 2, seqs: [0] },
    absorbs: [],
    freedTokens: 7,
    rewrittenTokens: 1e21,
  };
  return ["edit", JSON.stringify({ v: 1, edit })];
}

/** Makes the JSON of a system prompt; long, so that it is worth storing once. */
export const systemPrompt: string = JSON.stringify(`Be brief. ${"rule ".repeat(500)}`);

/**
 * Threads with everything that version 2 could hold: forks three deep, two owners with the same texts, messages of several formats,
 * texts that are not messages, and events of every kind. Names are not sorted.
 */
export const oldThreads: readonly OldFileThread[] = [
  {
    thread: "main",
    entries: [user("ship"), call("c1", "ls"), result("c1", "ship hull"), user("mark"), user("ship")],
    events: [
      ["frame", JSON.stringify({ v: 1, system: systemPrompt, tools: '[{"name":"run"}]' })],
      oldEdit(1, "asked"),
      oldEdit(2, "pays"),
      ["pin", '{"v":1,"seqs":[0,2]}'],
      ["unpin", '{"v":1,"seqs":[2]}'],
      ["undo", '{"v":1,"number":1}'],
      ["frame", JSON.stringify({ v: 1, system: systemPrompt })],
      ["frame", '{"v":1}'],
      oldEdit(3, "cold"),
      oldEdit(4, "forced"),
    ],
  },
  {
    thread: "left",
    parent: "main",
    forkSeq: 3,
    entries: [call("c1", "pwd"), result("c1", "load")],
    events: [["frame", JSON.stringify({ v: 1, system: systemPrompt })], oldEdit(1, "asked")],
  },
  { thread: "deep", parent: "left", forkSeq: 4, entries: [result("c1", "load"), user("hull hull")] },
  { thread: "early", parent: "deep", forkSeq: 2, entries: [result("c1", "ship hull")] },
  { thread: "bare", parent: "deep", forkSeq: 6, entries: [] },
  { thread: "a\u0000'; DROP TABLE texts; --", entries: [] },
  { thread: "odd", owner: "zoe", entries: oddTexts.map((json, index) => ({ json, terms: `w${index}` })) },
  {
    thread: "theirs",
    owner: "bob",
    entries: [
      user("ship"),
      call("c1", "ls"),
      result("c1", "ship hull"),
      ...oddTexts.map((text) => user(text)),
    ],
    events: [
      ["frame", JSON.stringify({ v: 1, system: systemPrompt })],
      ["edit", '{"v":1,'],
      ["edit", "[1]"],
    ],
  },
  {
    thread: "steps",
    owner: "bob",
    entries: [
      { json: '{"role":"user","content":"fix it"}', format: "swe-agent" },
      { json: '{"role":"assistant","content":"ls","action":"ls"}', format: "swe-agent", role: "assistant" },
      { json: '{"role":"user","content":"a.ts"}', format: "swe-agent", role: "tool" },
      { json: '{"role":"user","content":[{"type":"text","text":"hi"}]}', format: "anthropic" },
    ],
  },
];

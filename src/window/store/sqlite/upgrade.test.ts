import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { chainEntries, threadRecord } from "../contract/fixture.contract.ts";
import { encodeParts } from "../encode-entry.ts";
import type { Entry } from "../store.ts";
import { openSqliteStore } from "../open-sqlite-store.ts";
import { schemaVersion } from "./schema.ts";

const run = promisify(execFile);
const words = ["ship", "ship load", "", "load a_b", "mark"];
const main = chainEntries(["z0", "z1", "z2", "z3", "z4"], { terms: words });

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "loadline-"));
  path = join(folder, "store.db");
  writeVersionOne(path);
});
afterEach(() => rm(folder, { recursive: true }));

/**
 * Writes a file as version 1 left it. Its schema is spelled out here and not taken from the upgrade step, so that a change to
 * that step, which would strand the files that exist, fails this test.
 */
function writeVersionOne(file: string): void {
  const database = new DatabaseSync(file);
  database.exec(`
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
    INSERT INTO lines VALUES (1, 'main', 'someone', NULL, 0, 1700000000000), (2, 'fork', 'someone', 'main', 3, 1700000000000);
    INSERT INTO events VALUES (1, 0, 'pin', 5, '{}');
    INSERT INTO calibrations VALUES ('m', '{"factor":1}');
  `);
  const insert = database.prepare("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const write = (thread: number, entry: Entry): void => {
    const { seq, hash, format, role, speaker, time, tokens, counter, parts, terms, json } = entry;
    insert.run(
      thread * 2 ** 30 + seq,
      hash,
      format,
      role,
      speaker ?? null,
      time,
      tokens,
      counter,
      encodeParts(parts),
      terms,
      json,
    );
  };
  for (const entry of main) write(1, entry);
  for (const entry of own) write(2, entry);
  database.close();
}

const own = chainEntries(["f3"], { seq: 3, parent: main[2]?.hash ?? "", terms: ["load load"] });

test("a file of version 1 is complete and searchable after the upgrade", async () => {
  const store = await openSqliteStore({ path });
  expect(await store.entries("main", 0, 9)).toEqual(main);
  expect(await store.entries("fork", 0, 9)).toEqual([...main.slice(0, 3), ...own]);
  expect(await store.findThread("fork")).toEqual(threadRecord("fork", { parent: "main", forkSeq: 3 }));
  expect(await store.events("main", 0)).toHaveLength(1);
  expect(await store.readCalibration("m")).toEqual({ model: "m", json: '{"factor":1}' });
  // fork: "ship", "ship load", "", "load load".
  const found = await store.search(["fork"], ["load", "ship", "a_b"], 9);
  expect(found).toMatchObject({ documentCount: 4, averageLength: 5 / 4, documentFrequency: [2, 2, 0] });
  expect((await store.search(["main"], ["a_b"], 9)).candidates).toEqual([{ thread: "main", seq: 3 }]);
  expect(await store.verify()).toEqual([]);
  await store.close();
  const database = new DatabaseSync(path);
  expect(database.prepare("PRAGMA user_version").get()).toEqual({ user_version: schemaVersion });
  database.close();
});

test("two processes that open an old file at once upgrade it once", async () => {
  const module = new URL("../open-sqlite-store.ts", import.meta.url).href;
  const script = `
    const { openSqliteStore } = await import(${JSON.stringify(module)});
    const store = await openSqliteStore({ path: process.argv[1] });
    await store.openThread({ thread: process.argv[2], owner: "o", parent: undefined, forkSeq: 0, created: 1 });
    const found = await store.search(["main"], ["ship"], 9);
    console.log(JSON.stringify([found.documentFrequency, await store.verify()]));
    await store.close();`;
  const open = (name: string): Promise<{ stdout: string }> =>
    run(process.execPath, ["--input-type=module", "-e", script, path, name]);
  const outputs = await Promise.all([open("z"), open("a"), open("m")]);
  for (const { stdout } of outputs) expect(stdout.trim()).toBe("[[2],[]]");
  const store = await openSqliteStore({ path });
  expect((await store.listThreads("o")).map(({ thread }) => thread).toSorted()).toEqual(["a", "m", "z"]);
  expect(await store.verify()).toEqual([]);
  await store.close();
});

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqliteStore } from "../open-sqlite-store.ts";
import { schemaVersion } from "./schema.ts";
import { writeOldFile } from "./upgrades/old-files.fixture.ts";

const run = promisify(execFile);
const words = ["ship", "ship load", "", "load a_b", "mark"];
const texts = ["z0", "z1", "z2", "z3", "z4"];

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "loadline-"));
  path = join(folder, "store.db");
  writeOldFile(path, 1, [
    {
      thread: "main",
      entries: texts.map((json, index) => ({ json, terms: words[index] ?? "" })),
      events: [["pin", '{"v":1,"seqs":[1]}']],
    },
    { thread: "fork", parent: "main", forkSeq: 3, entries: [{ json: "f3", terms: "load load" }] },
  ]);
});
afterEach(() => rm(folder, { recursive: true }));

test("a file of version 1 is complete and searchable after the upgrade", async () => {
  const store = await openSqliteStore({ path });
  const read = async (thread: string): Promise<readonly string[]> =>
    (await store.entries(thread, 0, 9)).map(({ json }) => json);
  expect(await read("main")).toEqual(texts);
  expect(await read("fork")).toEqual([...texts.slice(0, 3), "f3"]);
  expect(await store.findThread("fork")).toMatchObject({ owner: "ann", parent: "main", forkSeq: 3 });
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
    const record = await store.findThread("main");
    await store.openThread({ ...record, thread: process.argv[2], owner: "o" });
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

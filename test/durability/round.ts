import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { DatabaseSync } from "node:sqlite";
import { chainKey, contentKey } from "../../src/window/conversation/message/identity.ts";
import { openSqliteStore } from "../../src/window/store/open-sqlite-store.ts";
import { entryText, threadsOf } from "./entry-text.ts";

/** A writer process and the entries it acknowledged as durable. */
export interface Writer {
  readonly name: string;
  /** Chain by thread and place, `<thread> <seq>`, of every entry that was acknowledged. */
  readonly acknowledged: Map<string, string>;
}

/** Result of one round. */
export interface RoundResult {
  /** Acknowledged entries of each writer in this round. */
  readonly shares: readonly number[];
  readonly faults: readonly string[];
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** When the writers are killed: this many milliseconds after all are ready, or after they were started. */
export interface Kill {
  readonly afterMs: number;
  readonly from: "ready" | "start";
}

/** Starts all writers on one file, kills them together with SIGKILL, and checks the file. */
export async function runRound(
  path: string,
  writers: readonly Writer[],
  { afterMs, from }: Kill,
): Promise<RoundResult> {
  const before = writers.map(({ acknowledged }) => acknowledged.size);
  const processes = writers.map((writer) => startWriter(path, writer));
  try {
    if (from === "ready") await Promise.all(processes.map(({ ready }) => ready));
    await sleep(afterMs);
  } finally {
    for (const { child } of processes) child.kill("SIGKILL");
  }
  await Promise.all(processes.map(({ ended }) => ended));
  const shares = writers.map(({ acknowledged }, index) => acknowledged.size - (before[index] ?? 0));
  return { shares, faults: [...processes.flatMap(({ faults }) => faults), ...(await check(path, writers))] };
}

interface Running {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  readonly faults: string[];
}

function startWriter(path: string, { name, acknowledged }: Writer): Running {
  const script = new URL("writer.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, path, name], { stdio: ["ignore", "pipe", "pipe"] });
  const faults: string[] = [];
  let said = "";
  let complaint = "";
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const rows = (said + text).split("\n");
      said = rows.pop() ?? "";
      for (const row of rows) {
        const [thread = "", seq = "", chain] = row.split(" ");
        if (chain === undefined) resolve();
        else acknowledged.set(`${thread} ${seq}`, chain);
      }
    });
    child.on("error", reject);
    child.on("close", () => reject(new Error(`writer ${name} ended before it was ready: ${complaint}`)));
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  // A round that kills right after the start does not wait for this promise.
  ready.catch(() => undefined);
  const ended = new Promise<void>((resolve) => {
    child.on("close", (code, signal) => {
      if (signal !== "SIGKILL")
        faults.push(`writer ${name} exited by itself (${code ?? signal}): ${complaint.trim()}`);
      resolve();
    });
  });
  return { child, ready, ended, faults };
}

/** Opens the file as the next process would, and checks it against the acknowledged and the sent entries. */
async function check(path: string, writers: readonly Writer[]): Promise<readonly string[]> {
  const faults: string[] = [];
  const database = new DatabaseSync(path);
  for (const row of database.prepare("PRAGMA integrity_check").all()) {
    if (row["integrity_check"] !== "ok") faults.push(`integrity_check: ${String(row["integrity_check"])}`);
  }
  database.close();
  const store = await openSqliteStore({ path });
  faults.push(...(await store.verify()));
  const held = new Map<string, string>();
  for (const thread of writers.flatMap(({ name }) => threadsOf(name))) {
    if ((await store.findThread(thread)) === undefined) continue;
    const entries = await store.entries(thread, 0, Number.MAX_SAFE_INTEGER);
    let parent = "";
    for (const [seq, { json, key, chain }] of entries.entries()) {
      const wanted = entryText(thread, seq);
      if (json !== wanted) faults.push(`${thread}/${seq}: bytes differ from those sent`);
      if (key !== contentKey("entry", wanted)) faults.push(`${thread}/${seq}: key differs`);
      if (chain !== chainKey(parent, key)) faults.push(`${thread}/${seq}: chain differs`);
      held.set(`${thread} ${seq}`, chain);
      parent = chain;
    }
    const { documentFrequency } = await store.search([thread], ["common", `n${entries.length - 1}`], 1);
    if (documentFrequency[0] !== entries.length || (entries.length > 0 && documentFrequency[1] !== 1))
      faults.push(`${thread}: the search index has ${documentFrequency[0]} of ${entries.length} entries`);
  }
  await store.close();
  for (const { acknowledged } of writers) {
    for (const [place, chain] of acknowledged)
      if (held.get(place) !== chain) faults.push(`${place}: acknowledged and lost`);
  }
  return faults;
}

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { o200kCounter } from "../../src/window/index.ts";
import { longHistory, measureLoadline, measurePeer } from "./measure-window.ts";
import type { WindowFigures } from "./measure-window.ts";
import { findInstalledPeers } from "./peers.ts";
import type { Spread } from "./timing.ts";

/**
 * Measures appends, windows, recall, cold opens and memory of threads in SQLite, and peers on the same conversation.
 *
 *     node bench/window/main.ts [--entries 1000,10000,100000] [--json]
 *
 * Goals: a window at 200,000 tokens of history under 5 ms at the median and 25 ms at the 99th percentile.
 */
const { values } = parseArgs({
  options: {
    entries: { type: "string", default: "1000,10000,100000" },
    json: { type: "boolean", default: false },
  },
});
const historyTokens = 200_000;
const budgets = [400_000, 200_000, 100_000, 32_000];
const peerBudget = 100_000;

const run = promisify(execFile);
const child = fileURLToPath(new URL("./measure-thread.ts", import.meta.url));
const hotChild = fileURLToPath(new URL("./measure-hot-path.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "loadline-bench-"));

/** A history that is read for the first time. */
interface FirstSight {
  readonly bytes: number;
  readonly tokens: number;
  readonly firstMs: number;
  /** Delays of the event loop; `idle` is the longest while nothing was done. */
  readonly loopMs: Readonly<Record<"p50" | "p90" | "p99" | "max" | "idle", number>>;
}

/** What measure-hot-path.ts prints. */
interface HotPath extends FirstSight {
  readonly store: string;
  readonly large: FirstSight;
  readonly yardstickMs: Spread;
  readonly bytesMs: Spread;
  readonly objectsMs: Spread;
  readonly commitMs: Spread;
  readonly alignMs: number;
}

async function measure(mode: string, entries: number): Promise<Readonly<Record<string, unknown>>> {
  const { stdout } = await run(
    process.execPath,
    [child, mode, String(entries), join(folder, `${entries}.db`)],
    { maxBuffer: 1e8 },
  );
  return JSON.parse(stdout) as Record<string, unknown>;
}

const ms = (value: unknown): string => (typeof value === "number" ? `${value.toFixed(1)} ms` : "-");
const both = (value: Spread): string =>
  `${value.p50.toFixed(1)} / ${value.p99.toFixed(1)} ms (${value.count})`;
const out = (text: string): void => void process.stdout.write(`${text}\n`);

async function measureThreads(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const rows: Readonly<Record<string, unknown>>[] = [];
  for (const entries of values.entries.split(",").map(Number))
    rows.push({ ...(await measure("fill", entries)), ...(await measure("open", entries)) });
  return rows;
}

function printThreads(rows: readonly Readonly<Record<string, unknown>>[]): void {
  for (const row of rows) {
    out(`thread of ${String(row["entries"])} entries`);
    out(
      `  durable append        single ${Math.round(Number(row["singleAppendsPerSecond"]))}/s, batches of 64 ${Math.round(Number(row["batchedAppendsPerSecond"] ?? 0))}/s`,
    );
    out(`  recall p50 / p99      ${both(row["recallMs"] as Spread)}, first ${ms(row["firstRecallMs"])}`);
    out(
      `  cold open             ${ms(row["coldOpenMs"])}, first window at 100,000 tokens ${ms(row["firstWindowMs"])} (${String(row["firstWindowEdits"])} edits), next ${ms(row["nextWindowMs"])}`,
    );
    out(`  resident memory       ${Math.round(Number(row["rssMb"]))} MB`);
  }
}

async function measureHotPaths(): Promise<readonly HotPath[]> {
  const rows: HotPath[] = [];
  for (const store of ["memory", "sqlite"]) {
    const { stdout } = await run(process.execPath, [hotChild, store, join(folder, "hot.db")]);
    rows.push(JSON.parse(stdout) as HotPath);
  }
  return rows;
}

/** A bare time counts where the do-nothing pass over the same body is this fast; else its ratio to that pass counts. */
const quietYardstickMs = 2;

function judge(row: HotPath, ms: number, goalMs: number): string {
  const isQuiet = row.yardstickMs.p50 <= quietYardstickMs;
  const isReached = isQuiet ? ms < goalMs : ms / row.yardstickMs.p50 < goalMs / quietYardstickMs;
  return `x${(ms / row.yardstickMs.p50).toFixed(2)} ${isReached ? "reached" : "NOT reached"}`;
}

function printHotPaths(rows: readonly HotPath[]): void {
  for (const row of rows) {
    out(
      `\n${row.store}: a client sends ${row.tokens} tokens (${row.bytes} bytes) again with one new turn, to the finished window`,
    );
    out(`  yardstick             ${both(row.yardstickMs)} to parse and write the same body`);
    out(
      `  handed in as bytes    ${both(row.bytesMs)}: p50 ${judge(row, row.bytesMs.p50, 3)} (goal 3 ms), p99 ${judge(row, row.bytesMs.p99, 10)} (goal 10 ms)`,
    );
    out(
      `  as objects            ${both(row.objectsMs)}: x${(row.objectsMs.p50 / row.yardstickMs.p50).toFixed(2)} (goal under x2.5)`,
    );
    out(`  commit after that     ${both(row.commitMs)}`);
    for (const { bytes, firstMs, loopMs } of [row, row.large])
      out(
        `  first sight           ${bytes} bytes in ${ms(firstMs)}; event loop delay p50 ${ms(loopMs.p50)}, p90 ${ms(loopMs.p90)}, p99 ${ms(loopMs.p99)}, longest ${ms(loopMs.max)} (goal 30 ms; ${ms(loopMs.idle)} while nothing is done)`,
      );
    out(`  alignment             ${ms(row.alignMs)} for 10,000 messages with keys (goal 10 ms)`);
  }
}

function printPeers(ours: WindowFigures, peers: readonly WindowFigures[]): void {
  out(`\nthe same conversation at a budget of ${peerBudget}: time as a ratio to ours, what is kept`);
  for (const row of [ours, ...peers]) {
    out(
      `  ${row.name}: p50 x${(row.ms.p50 / ours.ms.p50).toFixed(1)}, p99 x${(row.ms.p99 / ours.ms.p99).toFixed(1)}, ${row.keptTokens} tokens kept, prefix kept in ${(100 * row.prefixKept).toFixed(0)} % of calls, arguments present ${(100 * row.argumentsPresent).toFixed(1)} %`,
    );
  }
  if (peers.length === 0) out("  peers not measured: npm run bench:install");
}

try {
  const rows = await measureThreads();
  const hotPaths = await measureHotPaths();
  const counter = await o200kCounter();
  const long = longHistory(counter, historyTokens);
  const windows = [];
  for (const budget of budgets)
    windows.push({ budget, ...(await measureLoadline(long, budget, join(folder, `window-${budget}.db`))) });
  const peers: WindowFigures[] = [];
  for (const peer of await findInstalledPeers(counter))
    peers.push(await measurePeer(long, peerBudget, peer, counter));
  const ours = windows.find((row) => row.budget === peerBudget)?.all;
  if (values.json)
    out(
      JSON.stringify(
        { node: process.version, processor: cpus()[0]?.model, threads: rows, hotPaths, windows, peers },
        undefined,
        2,
      ),
    );
  else {
    out(`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}`);
    printThreads(rows);
    printHotPaths(hotPaths);
    out(
      `\nwindow with messages at ${historyTokens} tokens of history, one exchange appended between windows (goal: p50 under 5 ms, p99 under 25 ms)`,
    );
    for (const { budget, all, unedited, edited, firstMs } of windows) {
      const reached = all.ms.p50 < 5 && all.ms.p99 < 25 ? "reached" : "NOT reached";
      out(
        `  budget ${budget}: p50 / p99 ${both(all.ms)} ${reached}; without edits ${both(unedited)}, with edits ${both(edited)}; first window ${ms(firstMs)}`,
      );
    }
    if (ours !== undefined) printPeers(ours, peers);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

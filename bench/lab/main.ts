import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  openDigits,
  ownAccuracy,
  ownEpochs,
  ownTransformer,
  productRates,
  compileWorkedExample,
} from "./own.ts";
import type { Peer, PeerResult } from "./peers/peer-result.ts";
import { runPeer } from "./peers/run-peer.ts";
import { formatTable, formatInteger } from "../../src/report/text/format-table.ts";
import { MiB } from "../../src/shared/units.ts";

/**
 * Compares the lab with TensorFlow.js (wasm), Keras on TensorFlow and PyTorch in one run, as ratios.
 *
 *     npm run bench:install        TensorFlow.js
 *     LOADLINE_PEERS_PYTHON=…      a Python that has keras and torch; see bench/peers/README.md
 *     npm run -s bench:lab [-- --data FOLDER] [--epochs 3] [--seeds 3] [--own]
 *
 * Missing peers are listed as "not measured". `--own` skips all peers.
 */
const { values } = parseArgs({
  options: {
    data: { type: "string" },
    epochs: { type: "string", default: "3" },
    seeds: { type: "string", default: "3" },
    own: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const epochs = Number(values.epochs);
const timeoutMs = 600_000;
const threads = 2;
const minimum = (list: readonly number[]): number => Math.min(...list);
const median = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[list.length >> 1] ?? Number.NaN;

interface Row {
  readonly task: string;
  readonly who: string;
  readonly seconds: number | undefined;
  readonly peakBytes: number | undefined;
  readonly note: string;
}

const peers: readonly Peer[] = values.own ? [] : ["tensorflow-js", "keras", "pytorch"];
const rows: Row[] = [];
const promises: { readonly what: string; readonly holds: boolean }[] = [];
const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function peerRow(task: string, peer: Peer, words: readonly string[]): Promise<PeerResult | undefined> {
  say(`${task}: ${peer}`);
  const result = await runPeer(peer, words, { timeoutMs });
  if ("notMeasured" in result) {
    rows.push({
      task,
      who: peer,
      seconds: undefined,
      peakBytes: undefined,
      note: `not measured: ${result.notMeasured}`,
    });
    return undefined;
  }
  const seconds = result.task === "mnist" ? minimum(result.epochSeconds) : result.stepSeconds;
  const who = `${peer} ${result.version}`;
  const note = `${result.way}, ${result.threads} thread${result.threads === 1 ? "" : "s"}`;
  rows.push({ task, who, seconds, peakBytes: result.peakBytes, note });
  return result;
}

const digits = await openDigits(values.data);
const folder = digits.folder;
for (const batch of [32, 128]) {
  const task = `digits, epoch at batch ${batch}`;
  say(`${task}: loadline`);
  const before = await ownEpochs(digits, batch, threads, epochs);
  const alone = await ownEpochs(digits, batch, 1, 1);
  let userSeconds: number | undefined;
  const words = ["mnist", "--batch", String(batch), "--data", folder, "--epochs", String(epochs)];
  for (const peer of peers) {
    const way = peer === "tensorflow-js" ? ["--steps", "300"] : [];
    const result = await peerRow(task, peer, [...words, ...way]);
    if (result?.task !== "mnist" || result.peer !== "tensorflow-js") continue;
    // In addition to the fastest hand-written way: what users of the library write.
    const perStep = result.wayMilliseconds?.["fit"];
    const steps = Math.ceil(60_000 / batch);
    if (perStep !== undefined) {
      const note = "model.fit, as its users write it";
      rows.push({
        task,
        who: "tensorflow-js fit",
        seconds: (perStep * steps) / 1000,
        peakBytes: undefined,
        note,
      });
      userSeconds = (perStep * steps) / 1000;
    }
    if (batch === 32 && result.peakBytes !== undefined) {
      promises.push({
        what: "peak bytes at most a quarter of tf.profile's",
        holds: compileWorkedExample(32, threads).peakBytes * 4 <= result.peakBytes,
      });
    }
  }
  say(`${task}: loadline again`);
  const after = await ownEpochs(digits, batch, threads, epochs);
  const best = minimum([...before.seconds, ...after.seconds]);
  const { plannedBytes } = before;
  if (userSeconds !== undefined) {
    const what = `batch ${batch}: at minimum 15 times as fast as TensorFlow.js model.fit`;
    promises.push({ what, holds: userSeconds >= 15 * best });
  }
  rows.push({ task, who: "loadline", seconds: best, peakBytes: plannedBytes, note: `${threads} threads` });
  rows.push({
    task,
    who: "loadline",
    seconds: minimum(alone.seconds),
    peakBytes: undefined,
    note: "1 thread",
  });
  promises.push({
    what: `batch ${batch}: planned bytes are used bytes`,
    holds: plannedBytes === before.usedBytes,
  });
}

const language = "transformer of 4 layers, step";
say(`${language}: loadline`);
const own = ownTransformer(12, threads);
for (const peer of peers) await peerRow(language, peer, ["transformer", "--batch", "16", "--steps", "8"]);
const again = ownTransformer(12, threads);
rows.push({
  task: language,
  who: "loadline",
  seconds: minimum([median(own.seconds), median(again.seconds)]),
  peakBytes: own.plannedBytes,
  note: `${threads} threads`,
});

function secondsOf(task: string, who: string): number | undefined {
  return minimum(
    rows.filter((row) => row.task === task && row.who.startsWith(who)).map((row) => row.seconds ?? Infinity),
  );
}
for (const task of new Set(rows.map((row) => row.task))) {
  const mine = secondsOf(task, "loadline") ?? Number.NaN;
  for (const who of task === language ? ["tensorflow-js"] : ["keras", "pytorch"]) {
    const theirs = secondsOf(task, who);
    if (theirs === undefined || !Number.isFinite(theirs)) continue;
    const times = task === language ? 5 : 1;
    promises.push({
      what: `${task}: ${times === 1 ? "faster than" : `${times} times as fast as`} ${who}`,
      holds: theirs >= times * mine,
    });
  }
}

say("products");
const products = productRates(32);
for (const { name, share } of products.rates) {
  // The last layer's products are a hundredth of the work, and too small to fill the registers.
  const small = /× (?:10|64) × (?:10|64)\]/.test(name);
  if (!small) promises.push({ what: `${name}: 60 % of the multiply-add peak`, holds: share >= 0.6 });
}
say("accuracy");
const accuracies: number[] = [];
for (let seed = 1; seed <= Number(values.seeds); seed++) accuracies.push(await ownAccuracy(digits, seed));
const accuracy = accuracies.reduce((sum, each) => sum + each, 0) / Math.max(1, accuracies.length);
if (accuracies.length > 0)
  promises.push({ what: "mean test accuracy at least 0.975", holds: accuracy >= 0.975 });

/** Measures the peak resident memory of a Node process. */
function residentBytes(words: readonly string[]): number {
  const source = `process.on("exit",()=>console.error("rss",process.resourceUsage().maxRSS*1024));`;
  const preload = `data:text/javascript,${encodeURIComponent(source)}`;
  const { execPath } = process;
  const output = execFileSync(
    "sh",
    [
      "-c",
      `"$0" --import "${preload}" ${words.map((word) => `'${word}'`).join(" ")} 2>&1 >/dev/null`,
      execPath,
    ],
    {
      encoding: "utf8",
    },
  );
  return Number(/rss (\d+)/.exec(output)?.[1] ?? Number.NaN);
}
say("resident memory");
// Uses the built command: the published one does not run TypeScript sources.
const root = fileURLToPath(new URL("../../", import.meta.url));
execFileSync("npm", ["run", "-s", "build"], { cwd: root, stdio: "inherit" });
const command = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const nothing = residentBytes(["-e", "0"]);
const training = residentBytes([command, "train", "mnist", "--data", folder, "--epochs", "1", "--json"]);
const dataBytes = 70_000 * 785;
const extra = training - nothing - dataBytes - compileWorkedExample(32, threads).peakBytes;
promises.push({
  what: "resident memory within 64 MiB of data, arena and runtime",
  holds: extra <= 64 * MiB,
});

if (values.json) {
  process.stdout.write(
    `${JSON.stringify({ rows, products, accuracies, resident: { nothing, training, dataBytes, extra }, promises }, undefined, 2)}\n`,
  );
} else {
  const mine = (task: string): number => secondsOf(task, "loadline") ?? Number.NaN;
  const cells = rows.map((row) => [
    row.task,
    row.who,
    row.seconds === undefined ? "-" : row.seconds.toFixed(3),
    row.seconds === undefined ? "-" : (row.seconds / mine(row.task)).toFixed(1),
    row.peakBytes === undefined ? "-" : formatInteger(row.peakBytes),
    row.note,
  ]);
  process.stdout.write(
    `${formatTable(["task", "who", "seconds", "times ours", "peak bytes", ""], cells, [0, 1, 5])}\n\n`,
  );
  const rates = products.rates.map(({ name, gigaflops, share }) => [
    name,
    gigaflops.toFixed(1),
    `${(100 * share).toFixed(0)} %`,
  ]);
  process.stdout.write(
    `${formatTable([`one thread, multiply-add peak ${products.peak.toFixed(1)} GFLOP/s`, "GFLOP/s", "of peak"], rates)}\n\n`,
  );
  process.stdout.write(
    `test accuracy over ${accuracies.length} seeds: ${accuracies.map((each) => each.toFixed(4)).join(", ")}; mean ${accuracy.toFixed(4)}\n`,
  );
  process.stdout.write(
    `resident memory: ${formatInteger(training)} bytes; runtime alone ${formatInteger(nothing)}, data ${formatInteger(dataBytes)}; ${formatInteger(extra)} over data, arena and runtime\n\n`,
  );
  for (const { what, holds } of promises) process.stdout.write(`${holds ? "holds" : "FAILS"}  ${what}\n`);
}
if (promises.some(({ holds }) => !holds)) process.exitCode = 1;
process.exit();

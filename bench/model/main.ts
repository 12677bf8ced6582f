import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  bytesSource,
  llamaCppLedger,
  openModel,
  plan,
  readModelFile,
  describeModel,
} from "../../src/model/index.ts";
import type { ModelDescription } from "../../src/model/index.ts";
import { catalogue } from "../../test/model/architectures/catalogue.ts";
import { hasEngine, startEngine } from "../../test/model/engine.ts";
import type { Engine, EngineSettings } from "../../test/model/engine.ts";
import { modelFileBytes, writeGgufHeader } from "../../test/model/write-gguf.ts";
import { estimatePeers } from "./peers.ts";
import type { EstimatePeer } from "./peers.ts";
import { GiB, MiB } from "../../src/shared/units.ts";

/**
 * Measures the errors of our estimates and the peers' of cache and compute buffers against llama.cpp's own figures, on the same
 * files and settings; then how long a header and a plan take.
 *
 *     npm run -s bench:install && npm run -s bench:model -- [--models llama,gemma3] [--json]
 */
const { values } = parseArgs({
  options: { models: { type: "string" }, json: { type: "boolean", default: false } },
});
const out = (text: string): void => void process.stdout.write(`${text}\n`);

const plain: EngineSettings = {
  contextTokens: 16_384,
  ubatch: 512,
  sequences: 1,
  flashAttention: true,
  keyType: "f16",
  valueType: "f16",
  fullWindows: false,
};
const grid: readonly (readonly [string, EngineSettings])[] = [
  ["16k, f16", plain],
  ["16k, q8_0", { ...plain, keyType: "q8_0", valueType: "q8_0" }],
  ["32k, 4 sequences", { ...plain, contextTokens: 32_768, sequences: 4 }],
  ["8k, no flash attention", { ...plain, contextTokens: 8192, flashAttention: false }],
];
const contextKinds: ReadonlySet<string> = new Set(["kv-cache", "recurrent-state", "compute"]);

function ourBytes(description: ModelDescription, settings: EngineSettings): number {
  const { items } = llamaCppLedger(description, { ...settings, batch: settings.ubatch });
  return items.reduce(
    (sum, line) => (contextKinds.has(line.kind) ? sum + (line.bytes ?? Number.NaN) : sum),
    0,
  );
}

interface Row {
  readonly model: string;
  readonly settings: string;
  readonly engineBytes: number;
  /** Returns the estimate divided by the engine's own figure, minus one; undefined without an estimate. */
  readonly errors: Readonly<Record<string, number | undefined>>;
}

/** Writes a header followed by a hole as long as the weights, because peers reject a file without them. */
function writeModel(folder: string, name: string): { readonly path: string; readonly header: Buffer } {
  const made = (catalogue[name] as () => Parameters<typeof writeGgufHeader>[0])();
  const header = writeGgufHeader(made);
  const path = join(folder, `${name}.gguf`);
  writeFileSync(path, header);
  truncateSync(path, header.length + modelFileBytes(made));
  return { path, header };
}

async function rowsOf(
  name: string,
  folder: string,
  engine: Engine,
  peers: readonly EstimatePeer[],
): Promise<readonly Row[]> {
  const { path, header } = writeModel(folder, name);
  const source = await openModel(path);
  const description = describeModel(await readModelFile(source));
  await source.close?.();
  const bytes = await engine.contextBytes(
    header,
    grid.map(([, settings]) => settings),
  );
  const rows: Row[] = [];
  for (const [index, [label, settings]] of grid.entries()) {
    const engineBytes = bytes[index];
    if (engineBytes === undefined) continue;
    const errors: Record<string, number | undefined> = {
      Loadline: ourBytes(description, settings) / engineBytes - 1,
    };
    for (const peer of peers) {
      const asked =
        peer.name.startsWith("@huggingface") && index > 0 ? undefined : await peer.estimate(path, settings);
      const answered = asked !== undefined && Number.isFinite(asked);
      errors[peer.name] = answered ? asked / engineBytes - 1 : undefined;
    }
    rows.push({ model: name, settings: label, engineBytes, errors });
  }
  rmSync(path);
  return rows;
}

const percent = (error: number | undefined): string =>
  error === undefined ? "-" : error === 0 ? "0" : `${error > 0 ? "+" : ""}${(100 * error).toFixed(1)} %`;

function printRows(rows: readonly Row[], names: readonly string[]): void {
  out(["model", "settings", "engine MiB", ...names].join(" | "));
  for (const row of rows) {
    const mebibytes = (row.engineBytes / MiB).toFixed(1);
    out([row.model, row.settings, mebibytes, ...names.map((name) => percent(row.errors[name]))].join(" | "));
  }
  for (const name of names) {
    const errors = rows
      .flatMap((row) => row.errors[name] ?? [])
      .map(Math.abs)
      .toSorted((a, b) => a - b);
    const none = rows.length - errors.length;
    const middle = errors[Math.floor(errors.length / 2)];
    const near = errors.filter((error) => error < 0.0005).length;
    out(
      `${name}: within 0.05 % in ${near} of ${errors.length}, median ${percent(middle)}, largest ${percent(errors.at(-1))}; no estimate in ${none}`,
    );
  }
}

async function median(times: number, run: () => Promise<unknown> | unknown): Promise<number> {
  const spent: number[] = [];
  for (let index = 0; index < times; index++) {
    const start = performance.now();
    await run();
    spent.push(performance.now() - start);
  }
  return spent.toSorted((a, b) => a - b)[Math.floor(times / 2)] ?? Number.NaN;
}

/** Times the first plan for each model of the catalogue, by engine: median and maximum in milliseconds. */
async function planTimes(): Promise<Readonly<Record<string, string>>> {
  const shown: Record<string, string> = {};
  for (const engine of ["llama.cpp", "vllm", "pytorch"] as const) {
    const spent: (readonly [number, string])[] = [];
    for (const [name, make] of Object.entries(catalogue)) {
      const description = describeModel(
        await readModelFile(bytesSource(`${name}.gguf`, writeGgufHeader(make()))),
      );
      const budgetBytes = Math.round(0.6 * (description.weightBytes ?? 0)) + GiB;
      const start = performance.now();
      try {
        plan(description, engine === "pytorch" ? "fine-tuning" : "chat", { engine, budgetBytes });
      } catch {
        continue; // An engine that does not support the model has no plan to time.
      }
      spent.push([performance.now() - start, name]);
    }
    spent.sort((a, b) => a[0] - b[0]);
    const [longest, name] = spent.at(-1) ?? [Number.NaN, "none"];
    const middle = spent[Math.floor(spent.length / 2)]?.[0] ?? Number.NaN;
    shown[engine] =
      `${engine}: median ${middle.toFixed(0)} ms, longest ${longest.toFixed(0)} ms (${name}) of ${spent.length}`;
  }
  return shown;
}

async function timings(folder: string): Promise<Readonly<Record<string, number>>> {
  const { path } = writeModel(folder, "qwen3moe");
  const read = async (): Promise<ModelDescription> => {
    const source = await openModel(path);
    try {
      return describeModel(await readModelFile(source));
    } finally {
      await source.close?.();
    }
  };
  const description = await read();
  return {
    tensors: description.tensors.length,
    headerMs: await median(9, read),
    ledgerMs: await median(9, () => llamaCppLedger(description, { contextTokens: 16_384, devices: 1 })),
    planMs: await median(5, () => plan(description, "chat", { budgetBytes: 12 * GiB })),
  };
}

const folder = mkdtempSync(join(tmpdir(), "loadline-bench-model-"));
try {
  const peers = await estimatePeers();
  const names = ["Loadline", ...peers.map((peer) => peer.name)];
  const chosen = values.models?.split(",") ?? Object.keys(catalogue);
  const rows: Row[] = [];
  if (hasEngine()) {
    const engine = await startEngine();
    for (const name of chosen.filter((each) => Object.hasOwn(catalogue, each)))
      rows.push(...(await rowsOf(name, folder, engine, peers)));
  } else out("not measured: node-llama-cpp is not installed here (npm run bench:install)");
  const times = await timings(folder);
  const plans = await planTimes();
  if (values.json) out(JSON.stringify({ cpus: cpus()[0]?.model, rows, times, plans }));
  else {
    if (rows.length > 0) printRows(rows, names);
    out(
      `header of ${times["tensors"]} tensors ${times["headerMs"]?.toFixed(1)} ms, ledger ${times["ledgerMs"]?.toFixed(1)} ms, plan ${times["planMs"]?.toFixed(0)} ms (medians; ${cpus().length} x ${cpus()[0]?.model})`,
    );
    for (const line of Object.values(plans)) out(`plans under 0.6 x weights + 1 GiB, ${line}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
// The engine's threads would keep the process alive.
process.exit(0);

import { createRequire } from "node:module";
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Settings of a context; cache types by name. */
export interface EngineSettings {
  readonly contextTokens: number;
  readonly ubatch: number;
  readonly sequences: number;
  readonly flashAttention: boolean;
  readonly keyType: string;
  readonly valueType: string;
  readonly fullWindows: boolean;
}

/**
 * The engine: bytes of weights, and of context and compute buffers together; undefined if it refuses the settings.
 */
export interface Engine {
  readonly release: string;
  readonly weightBytes: (header: Buffer) => Promise<number>;
  /**
   * Returns why the engine refuses a file with this header (settings, tensor names, shapes), or undefined if it loads
   * it.
   */
  readonly loadFault: (header: Buffer) => Promise<string | undefined>;
  readonly contextBytes: (
    header: Buffer,
    settings: readonly EngineSettings[],
  ) => Promise<readonly (number | undefined)[]>;
}

const typeIds: Readonly<Record<string, number>> = {
  f32: 0,
  f16: 1,
  q4_0: 2,
  q4_1: 3,
  q5_0: 6,
  q5_1: 7,
  q8_0: 8,
  iq4_nl: 20,
  bf16: 30,
};

interface Breakdown {
  readonly cpuRam: number;
}
interface AddonContext {
  init(): Promise<boolean>;
  getMemoryBreakdown(): Breakdown;
  dispose(): Promise<void>;
}
interface AddonModel {
  init(): Promise<boolean>;
  getMemoryBreakdown(): Breakdown;
  dispose(): Promise<void>;
}
interface Bindings {
  AddonModel: new (path: string, options: object) => AddonModel;
  AddonContext: new (model: AddonModel, options: object) => AddonContext;
}
interface Library {
  getLlama(options: object): Promise<{
    readonly _bindings: Bindings;
    readonly llamaCppRelease: { readonly release: string };
  }>;
}

const benchFolder = fileURLToPath(new URL("../../bench/", import.meta.url));

/** Where Linux states what the processor can do. */
const processorFile = "/proc/cpuinfo";

/**
 * Returns why the engine's figures cannot be compared here; undefined if they can. For a processor with AMX the engine packs weights in
 * other sizes than in its portable code, for which the ledgers hold, and its planner ends the process for some models.
 */
export function findEngineFault(): string | undefined {
  if (!hasEngine()) return "node-llama-cpp is not there (npm run bench:install)";
  const processor = existsSync(processorFile) ? readFileSync(processorFile, "utf8") : "";
  return /\bamx_tile\b/.test(processor)
    ? "this processor has AMX, for which llama.cpp packs weights in other sizes"
    : undefined;
}

/** Returns true if the engine's package is installed (`npm run bench:install`) with a binary for this platform. */
export function hasEngine(): boolean {
  return (
    existsSync(`${benchFolder}node_modules/node-llama-cpp/package.json`) &&
    existsSync(`${benchFolder}node_modules/@node-llama-cpp/linux-x64/bins`)
  );
}

/** One thread suffices for a graph that is only planned. More threads slow the start down on small machines. */
const engineOptions = {
  gpu: false,
  build: "never",
  skipDownload: true,
  progressLogs: false,
  maxThreads: 1,
  logLevel: "error",
};

/** Length of the weights of any header: the file is sparse and takes no space. */
const maxWeightBytes = 2 ** 40;

/** Loads a model of this header from a file: only then does the engine read the shapes of the file and check them. */
async function withModel<Result>(
  bindings: Bindings,
  header: Buffer,
  use: (model: AddonModel, loaded: boolean) => Promise<Result>,
): Promise<Result> {
  const path = join(tmpdir(), `loadline-header-${process.pid}.gguf`);
  writeFileSync(path, header);
  truncateSync(path, header.length + maxWeightBytes);
  const model = new bindings.AddonModel(path, {
    gpuLayers: 0,
    noAlloc: true,
    useMmap: false,
    useMlock: false,
  });
  try {
    return await use(model, await model.init());
  } finally {
    await model.dispose();
    rmSync(path);
  }
}

function requireLoaded(loaded: boolean): void {
  if (!loaded) throw new Error("the engine refuses the header");
}

/** Waits for the message that says why a model was not loaded: messages arrive shortly after the fault. */
async function waitForFault(messages: readonly string[]): Promise<string> {
  for (let waits = 0; waits < 1000; waits++) {
    const found = messages.find((message) => message.includes("error loading model"));
    if (found !== undefined) return found;
    await setTimeout(1);
  }
  return messages.join("; ");
}

async function askContext(
  bindings: Bindings,
  model: AddonModel,
  settings: EngineSettings,
): Promise<number | undefined> {
  const context = new bindings.AddonContext(model, {
    contextSize: settings.contextTokens,
    batchSize: settings.ubatch,
    sequences: settings.sequences,
    flashAttention: settings.flashAttention,
    kvCacheKeyType: typeIds[settings.keyType],
    kvCacheValueType: typeIds[settings.valueType],
    swaFullCache: settings.fullWindows,
    threads: 1,
  });
  try {
    return (await context.init()) ? context.getMemoryBreakdown().cpuRam : undefined;
  } catch {
    return undefined;
  } finally {
    await context.dispose();
  }
}

/** Starts the engine. It plans its buffers from a header alone, without weights. */
export async function startEngine(): Promise<Engine> {
  const entry = createRequire(`${benchFolder}package.json`).resolve("node-llama-cpp");
  const { getLlama } = (await import(pathToFileURL(entry).href)) as Library;
  const messages: string[] = [];
  const logger = (_level: string, message: string): void => void messages.push(message);
  const llama = await getLlama({ ...engineOptions, logger });
  // The package has no public access to its engine
  // oxlint-disable-next-line no-underscore-dangle
  const bindings = llama._bindings;
  return {
    release: llama.llamaCppRelease.release,
    loadFault: (header) => {
      messages.length = 0;
      return withModel(bindings, header, async (_, loaded) =>
        loaded ? undefined : await waitForFault(messages),
      );
    },
    weightBytes: (header) =>
      withModel(bindings, header, async (model, loaded) => {
        requireLoaded(loaded);
        return model.getMemoryBreakdown().cpuRam;
      }),
    contextBytes: (header, settings) =>
      withModel(bindings, header, async (model, loaded) => {
        requireLoaded(loaded);
        const results: (number | undefined)[] = [];
        for (const each of settings) results.push(await askContext(bindings, model, each));
        return results;
      }),
  };
}

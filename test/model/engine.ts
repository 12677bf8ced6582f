import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Settings that the engine is asked with; types by their numbers in ggml. */
export interface EngineSettings {
  readonly contextTokens: number;
  readonly ubatch: number;
  readonly sequences: number;
  readonly flashAttention: boolean;
  readonly keyType: string;
  readonly valueType: string;
  readonly fullWindows: boolean;
}

/** What the engine says: bytes of weights, and of context and compute buffers together; undefined where it refuses. */
export interface Engine {
  readonly release: string;
  readonly weightBytes: (header: Buffer) => Promise<number>;
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
  init(metadata: unknown): Promise<boolean>;
  getMemoryBreakdown(): Breakdown;
  dispose(): Promise<void>;
}
interface Bindings {
  AddonGgufMetadata: new () => { init(parts: readonly Buffer[]): Promise<void>; dispose(): Promise<void> };
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

/** True where the engine's package is installed (`npm run bench:install`) and has a binary for this platform. */
export function hasEngine(): boolean {
  return (
    existsSync(`${benchFolder}node_modules/node-llama-cpp/package.json`) &&
    existsSync(`${benchFolder}node_modules/@node-llama-cpp/linux-x64/bins`)
  );
}

/** One thread is enough for a graph that is only planned; more make a start slow on small machines. */
const engineOptions = {
  gpu: false,
  build: "never",
  skipDownload: true,
  progressLogs: false,
  maxThreads: 1,
  logLevel: "disabled",
};

async function withModel<Result>(
  bindings: Bindings,
  header: Buffer,
  use: (model: AddonModel) => Promise<Result>,
): Promise<Result> {
  const metadata = new bindings.AddonGgufMetadata();
  await metadata.init([header]);
  const model = new bindings.AddonModel("", { gpuLayers: 0, noAlloc: true, useMmap: false, useMlock: false });
  try {
    if (!(await model.init(metadata))) throw new Error("the engine refuses the header");
    return await use(model);
  } finally {
    await model.dispose();
    await metadata.dispose();
  }
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

/** The engine itself, asked without weights: it plans its buffers from a header alone. */
export async function startEngine(): Promise<Engine> {
  const entry = createRequire(`${benchFolder}package.json`).resolve("node-llama-cpp");
  const { getLlama } = (await import(pathToFileURL(entry).href)) as Library;
  const llama = await getLlama(engineOptions);
  // the package has no public way to its own engine
  // oxlint-disable-next-line no-underscore-dangle
  const bindings = llama._bindings;
  return {
    release: llama.llamaCppRelease.release,
    weightBytes: (header) => withModel(bindings, header, async (model) => model.getMemoryBreakdown().cpuRam),
    contextBytes: (header, settings) =>
      withModel(bindings, header, async (model) => {
        const results: (number | undefined)[] = [];
        for (const each of settings) results.push(await askContext(bindings, model, each));
        return results;
      }),
  };
}

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { EngineSettings } from "../../test/model/engine.ts";

/** Bytes that a peer estimates for cache and compute buffers; undefined where it fails or does not support the settings. */
export interface EstimatePeer {
  readonly name: string;
  readonly estimate: (path: string, settings: EngineSettings) => Promise<number | undefined>;
}

const run = promisify(execFile);
const folder = fileURLToPath(new URL("../", import.meta.url));

/**
 * Runs the command of @huggingface/gguf, which prints K cache, V cache and overhead in gigabytes with two digits. Its only
 * setting is the context; it supports nothing but f16, one sequence and flash attention.
 */
function huggingFace(): EstimatePeer | undefined {
  const command = `${folder}node_modules/@huggingface/gguf/dist/cli.js`;
  if (!existsSync(command)) return undefined;
  return {
    name: "@huggingface/gguf 0.4.6",
    estimate: async (path, { contextTokens }) => {
      const result = await run(process.execPath, [command, "--context", String(contextTokens), path]).catch(
        () => undefined,
      );
      const rows = ["K cache", "V cache", "Overhead"].map((name) =>
        new RegExp(`${name}\\s*\\|\\s*([\\d.]+) GB`, "u").exec(result?.stdout ?? ""),
      );
      if (rows.some((row) => row === null)) return undefined;
      return rows.reduce((sum, row) => sum + Number(row?.[1]) * 1e9, 0);
    },
  };
}

interface Requirements {
  readonly cpuRam: number;
  readonly gpuVram: number;
}
interface Insights {
  estimateContextResourceRequirements(options: object): Requirements;
}
interface LlamaLibrary {
  readGgufFileInfo(path: string, options: object): Promise<object>;
  getLlama(options: object): Promise<object>;
  readonly GgufInsights: { from(info: object, llama: object): Promise<Insights> };
}

const typeIds: Readonly<Record<string, number>> = { f32: 0, f16: 1, q4_0: 2, q8_0: 8 };

/** Runs the formula that node-llama-cpp falls back to where its engine gives no figures. */
async function nodeLlamaCpp(): Promise<EstimatePeer | undefined> {
  if (!existsSync(`${folder}node_modules/node-llama-cpp/package.json`)) return undefined;
  const entry = createRequire(`${folder}package.json`).resolve("node-llama-cpp");
  const library = (await import(pathToFileURL(entry).href)) as LlamaLibrary;
  const llama = await library.getLlama({
    gpu: false,
    build: "never",
    skipDownload: true,
    progressLogs: false,
    maxThreads: 1,
    logLevel: "disabled",
  });
  const known = new Map<string, Insights>();
  return {
    name: "node-llama-cpp 3.22.1, fallback",
    estimate: async (path, settings) => {
      try {
        const insights =
          known.get(path) ??
          (await library.GgufInsights.from(
            await library.readGgufFileInfo(path, { logWarnings: false }),
            llama,
          ));
        known.set(path, insights);
        const required = insights.estimateContextResourceRequirements({
          // Per sequence.
          contextSize: Math.floor(settings.contextTokens / settings.sequences),
          modelGpuLayers: 0,
          batchSize: settings.ubatch,
          sequences: settings.sequences,
          flashAttention: settings.flashAttention,
          swaFullCache: settings.fullWindows,
          kvCacheKeyType: typeIds[settings.keyType],
          kvCacheValueType: typeIds[settings.valueType],
        });
        return required.cpuRam + required.gpuVram;
      } catch {
        return undefined;
      }
    },
  };
}

/** Returns the peers that are installed here. */
export async function estimatePeers(): Promise<readonly EstimatePeer[]> {
  return [huggingFace(), await nodeLlamaCpp()].filter((peer) => peer !== undefined);
}

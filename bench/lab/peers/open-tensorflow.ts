import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import type { Core, Layers, TensorFlow } from "./tensorflow-types.ts";

/**
 * Loads TensorFlow.js and chooses its WebAssembly backend; undefined if its packages are not installed
 * (`npm run bench:install`). In Node it runs one thread: its threaded build is chosen only in a browser.
 */
export async function openTensorFlow(): Promise<TensorFlow | undefined> {
  const require = createRequire(import.meta.url);
  const names = ["@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-wasm", "@tensorflow/tfjs-layers"];
  try {
    for (const name of names) require.resolve(name);
  } catch {
    return undefined;
  }
  const [core, wasm, layers] = await Promise.all(names.map(load));
  const setWasmPaths = wasm?.["setWasmPaths"] as (folder: string) => void;
  // Otherwise it fetches its .wasm files by HTTP from a relative address, which fails in Node.
  setWasmPaths(dirname(require.resolve("@tensorflow/tfjs-backend-wasm")) + sep);
  const opened = core as unknown as Core;
  // If a backend cannot start, `setBackend` returns false instead of an error, and the next backend is used.
  if (!(await opened.setBackend("wasm")) || opened.getBackend() !== "wasm")
    throw new Error(`TensorFlow.js: got the backend ${opened.getBackend()}, wanted wasm`);
  return { core: opened, layers: layers as unknown as Layers };
}

/** Imports a package by a variable name, so that neither the types nor the check for unused packages need it. */
async function load(name: string): Promise<Readonly<Record<string, unknown>>> {
  return (await import(name)) as Record<string, unknown>;
}

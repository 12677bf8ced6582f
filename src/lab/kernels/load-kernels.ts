import { LoadlineError } from "../../shared/errors.ts";
import { compiledKernels } from "./compiled.ts";
import type { WasmMemory, WasmModule } from "../../shared/platform.ts";

/** Exports of the compiled module. */
export interface KernelExports {
  /** Runs the operations named in the control block, on all threads. */
  readonly run: () => void;
  /** Wakes waiting threads, so that they read the control block. */
  readonly wake: () => void;
  /** Runs multiply-adds that do not wait for memory, to measure the core's peak. */
  readonly multiplyAddPeak: (at: number, count: number) => number;
}

/** A build of the kernels that this runtime accepts. */
export interface KernelModule {
  readonly module: WasmModule;
  readonly variant: keyof typeof compiledKernels;
  /** Whether the memory can be shared with other threads. */
  readonly shared: boolean;
}

/** Bytes of a page, the unit of WebAssembly memory. */
const pageBytes = 65536;
/** Kernels read whole vectors: up to this many bytes past the end of the last tensor, which they ignore. */
const overreadBytes = 32;
/** The kernels have 32-bit addresses: 4 GiB. */
const maxPages = 65536;

function decode(lines: readonly string[]): Uint8Array<ArrayBuffer> {
  const text = atob(lines.join(""));
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

const cache = new Map<string, KernelModule>();

/** Loads a variant of the kernels; undefined if this runtime does not accept it. */
export function loadVariant(variant: keyof typeof compiledKernels): KernelModule | undefined {
  const known = cache.get(variant);
  if (known !== undefined) return known;
  const shared = variant !== "plainSingle";
  if (shared && typeof SharedArrayBuffer === "undefined") return undefined;
  const bytes = decode(compiledKernels[variant]);
  if (!WebAssembly.validate(bytes)) return undefined;
  const loaded = { module: new WebAssembly.Module(bytes), variant, shared };
  cache.set(variant, loaded);
  return loaded;
}

/**
 * Loads the best variant that runs here: with fused multiply-add, else plain SIMD, else without shared memory.
 * Errors: `internal` for a runtime without SIMD.
 */
export function loadKernels(): KernelModule {
  const loaded = loadVariant("relaxedShared") ?? loadVariant("plainShared") ?? loadVariant("plainSingle");
  if (loaded === undefined) {
    throw new LoadlineError(
      "internal",
      "kernels: this runtime lacks WebAssembly SIMD; use Node.js 22 or later",
    );
  }
  return loaded;
}

/**
 * Allocates memory for an arena of `bytes`, in whole pages. It never grows.
 * Errors: `budget-too-small` above 4 GiB, or if the machine does not have that much.
 */
export function createMemory(kernels: KernelModule, bytes: number): WasmMemory {
  const pages = Math.ceil((bytes + overreadBytes) / pageBytes);
  if (pages > maxPages) {
    throw new LoadlineError(
      "budget-too-small",
      `arena: got ${bytes} bytes, allowed: below 4 GiB, the limit of 32-bit memory; try a smaller micro-batch`,
      { details: { bytes } },
    );
  }
  try {
    // A shared memory must have the maximum that the module imports.
    return kernels.shared
      ? new WebAssembly.Memory({ initial: pages, maximum: maxPages, shared: true })
      : new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch (cause) {
    throw new LoadlineError(
      "budget-too-small",
      `arena: this machine could not allocate ${bytes} bytes; try a smaller micro-batch`,
      {
        details: { bytes },
        cause,
      },
    );
  }
}

/** Instantiates the kernels over a memory. */
export function instantiateKernels(kernels: KernelModule, memory: WasmMemory): KernelExports {
  const { exports } = new WebAssembly.Instance(kernels.module, { env: { memory } });
  return exports as unknown as KernelExports;
}

import { LoadlineError } from "../../shared/errors.ts";
import { compiledKernels } from "./compiled.ts";
import type { WasmMemory, WasmModule } from "../../shared/platform.ts";

/** What the compiled module gives. */
export interface KernelExports {
  /** Runs the operations named in the control block, on all threads. */
  readonly run: () => void;
  /** Lets waiting threads look at the control block. */
  readonly wake: () => void;
  /** Multiply-adds that do not wait for memory. */
  readonly multiplyAddPeak: (at: number, count: number) => number;
}

/** Which build of the kernels runs here, and what it can do. */
export interface KernelModule {
  readonly module: WasmModule;
  readonly variant: keyof typeof compiledKernels;
  /** The memory can be shared with other threads. */
  readonly shared: boolean;
}

/** WebAssembly memory comes in pages. */
const pageBytes = 65536;
/** Kernels read whole vectors: up to this many bytes past the end of the last tensor, and never use what is there. */
const overreadBytes = 32;
/** The kernels' addresses are 32-bit. */
const maxPages = 65536;

function decode(lines: readonly string[]): Uint8Array<ArrayBuffer> {
  const text = atob(lines.join(""));
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

const cache = new Map<string, KernelModule>();

/** A variant of the kernels as a module, or undefined where this runtime does not accept it. */
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

/** The best variant that runs here: fused multiply-add, then plain SIMD, then without shared memory. */
export function loadKernels(): KernelModule {
  const loaded = loadVariant("relaxedShared") ?? loadVariant("plainShared") ?? loadVariant("plainSingle");
  if (loaded === undefined) {
    throw new LoadlineError(
      "internal",
      "kernels: this runtime has no WebAssembly SIMD, allowed: one that has",
    );
  }
  return loaded;
}

/**
 * Memory for an arena of `bytes`, in whole pages. It never grows.
 * Errors: `budget-too-small` where the machine does not give that much.
 */
export function createMemory(kernels: KernelModule, bytes: number): WasmMemory {
  const pages = Math.ceil((bytes + overreadBytes) / pageBytes);
  if (pages > maxPages) {
    throw new LoadlineError(
      "budget-too-small",
      `arena: got ${bytes} bytes, allowed: below 4 GiB, which is all a 32-bit memory can address`,
      { details: { bytes } },
    );
  }
  try {
    // A shared memory must name the same maximum as the module imports.
    return kernels.shared
      ? new WebAssembly.Memory({ initial: pages, maximum: maxPages, shared: true })
      : new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch (cause) {
    throw new LoadlineError("budget-too-small", `arena: ${bytes} bytes could not be had from this machine`, {
      details: { bytes },
      cause,
    });
  }
}

/** The kernels over a memory. */
export function instantiateKernels(kernels: KernelModule, memory: WasmMemory): KernelExports {
  const { exports } = new WebAssembly.Instance(kernels.module, { env: { memory } });
  return exports as unknown as KernelExports;
}

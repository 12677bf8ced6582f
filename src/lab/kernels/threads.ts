import { Worker } from "node:worker_threads";
import { control } from "./control.ts";
import type { WasmMemory } from "../../shared/platform.ts";
import type { KernelExports, KernelModule } from "./load-kernels.ts";

/** Threads that share one memory. */
export interface ThreadPool {
  /** Waits until all have started; returns false if one has not within the timeout. */
  awaitStart(timeoutMs: number): boolean;
  /** Stops the other threads; resolves when they have ended. */
  close(): Promise<void>;
}

/** Source of a worker: it runs the kernels over the shared memory and waits there for work until it is stopped. */
const threadSource = `
const { workerData } = require("node:worker_threads");
const instance = new WebAssembly.Instance(workerData.module, { env: { memory: workerData.memory } });
const started = new Int32Array(workerData.memory.buffer, workerData.started, 1);
Atomics.add(started, 0, 1);
Atomics.notify(started, 0);
instance.exports.serve(workerData.thread, 0);
`;

/**
 * Starts `threads - 1` workers over a shared memory, whose control block must already hold the number of threads. They wait inside
 * WebAssembly and need nothing from either event loop.
 */
export function startThreads(
  kernels: KernelModule,
  memory: WasmMemory,
  exports: KernelExports,
  threads: number,
): ThreadPool {
  const workers: Worker[] = [];
  for (let thread = 1; thread < threads; thread++) {
    const worker = new Worker(threadSource, {
      eval: true,
      workerData: { module: kernels.module, memory, thread, started: control.started },
      // A worker keeps nothing in its own heap.
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 },
    });
    worker.unref();
    // awaitStart notices a worker that fails; without a listener its error would end the process.
    worker.on("error", () => undefined);
    workers.push(worker);
  }
  return {
    awaitStart: (timeoutMs) => {
      if (workers.length === 0) return true;
      const started = new Int32Array(memory.buffer, control.started, 1);
      const end = performance.now() + timeoutMs;
      for (let now = Atomics.load(started, 0); now < workers.length; now = Atomics.load(started, 0)) {
        const left = end - performance.now();
        if (left <= 0) return false;
        Atomics.wait(started, 0, now, left);
      }
      return true;
    },
    close: async () => {
      if (workers.length === 0) return;
      new DataView(memory.buffer).setUint32(control.stop, 1, true);
      exports.wake();
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

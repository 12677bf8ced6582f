import { Worker } from "node:worker_threads";
import { control } from "./control.ts";
import type { KernelExports, KernelModule } from "./load-kernels.ts";

/** Threads that work on one memory. */
export interface ThreadPool {
  /** Stops the other threads; resolves when they have ended. */
  close(): Promise<void>;
}

/** What another thread runs: the kernels over the shared memory, waiting there for work until it is told to stop. */
const threadSource = `
const { workerData } = require("node:worker_threads");
const instance = new WebAssembly.Instance(workerData.module, { env: { memory: workerData.memory } });
instance.exports.serve(workerData.thread, 0);
`;

/**
 * Starts `threads - 1` workers over a shared memory, in whose control block the number of threads must stand already. They
 * wait inside WebAssembly and need nothing from the event loop of either side.
 */
export function startThreads(
  kernels: KernelModule,
  memory: WebAssembly.Memory,
  exports: KernelExports,
  threads: number,
): ThreadPool {
  const workers: Worker[] = [];
  for (let thread = 1; thread < threads; thread++) {
    const worker = new Worker(threadSource, {
      eval: true,
      workerData: { module: kernels.module, memory, thread },
      // Nothing is kept in the worker's own heap.
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 },
    });
    worker.unref();
    workers.push(worker);
  }
  return {
    close: async () => {
      if (workers.length === 0) return;
      new DataView(memory.buffer).setUint32(control.stop, 1, true);
      exports.wake();
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

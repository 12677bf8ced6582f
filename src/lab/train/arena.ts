import type { BatchView } from "../data/batch-source.ts";
import { control } from "../kernels/control.ts";
import type { KernelModule } from "../kernels/load-kernels.ts";
import { createMemory, instantiateKernels } from "../kernels/load-kernels.ts";
import { operationBytes, writeOperation } from "../kernels/operation.ts";
import { startThreads } from "../kernels/threads.ts";
import type { Program } from "../compile.ts";

/** The memory of a program, with the program written into it and threads waiting for work. */
export interface Arena {
  /** The entire arena, `program.peakBytes` bytes. */
  readonly bytes: Uint8Array;
  /** The control block. */
  readonly words: DataView;
  /** Returns a tensor's numbers: of an entire micro-batch if it has some for each sample. */
  viewOf(tensor: number): Float32Array;
  /** Returns the same numbers as floats and as integers. */
  bothViewsOf(tensor: number): BatchView;
  /** Runs the operations from `first` to before `last` on all threads. */
  run(first: number, last: number): void;
  /** Counts the bytes from the start to the last one written since the arena was made. */
  measureUsedBytes(): number;
  close(): Promise<void>;
}

/** Bytes that are never written keep this value. As a float it is -1.7e38, which training does not reach. */
const untouched = 0xfe;
/** Threads start within some ten milliseconds; on a very busy machine it may take seconds. */
const startTimeoutMs = 20_000;

/** Allocates a program's arena. Errors: `budget-too-small` if the machine does not have that much memory. */
export function createArena(program: Program, kernels: KernelModule): Arena {
  const { graph, arenaPlan, microBatch } = program;
  const memory = createMemory(kernels, program.peakBytes);
  const words = new DataView(memory.buffer);
  const everything = new Uint8Array(memory.buffer);
  everything.fill(untouched, arenaPlan.programOffset);
  // Moments start at 0, and so does everything else that lasts from step to step.
  for (const block of arenaPlan.blocks) {
    if (block.first === 0) everything.fill(0, block.offset, block.offset + block.bytes);
  }
  program.operations.forEach((operation, index) =>
    writeOperation(words, arenaPlan.programOffset + index * operationBytes, operation),
  );
  const threads = kernels.shared ? program.threads : 1;
  words.setUint32(control.program, arenaPlan.programOffset, true);
  words.setUint32(control.threads, threads, true);
  const exports = instantiateKernels(kernels, memory);
  const pool = startThreads(kernels, memory, exports, threads);
  let hasStarted = false;
  const viewOf = (tensor: number): Float32Array => {
    const { elements = 0, scope = "fixed" } = graph.tensors[tensor] ?? {};
    const length = elements * (scope === "sample" ? microBatch : 1);
    return new Float32Array(memory.buffer, arenaPlan.addresses.get(tensor) ?? 0, length);
  };
  return {
    bytes: new Uint8Array(memory.buffer, 0, program.peakBytes),
    words,
    viewOf,
    bothViewsOf: (tensor) => {
      const float32 = viewOf(tensor);
      return { float32, int32: new Int32Array(memory.buffer, float32.byteOffset, float32.length) };
    },
    run: (first, last) => {
      if (!hasStarted) {
        hasStarted = true;
        // Without more threads it still trains on one, to the same bits.
        if (!pool.awaitStart(startTimeoutMs)) words.setUint32(control.threads, 1, true);
      }
      words.setUint32(control.first, first, true);
      words.setUint32(control.last, last, true);
      exports.run();
    },
    measureUsedBytes: () => {
      const last = everything.findLastIndex((byte) => byte !== untouched);
      return Math.ceil((last + 1) / 4) * 4;
    },
    close: () => pool.close(),
  };
}

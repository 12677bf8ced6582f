import { expect, test } from "vitest";
import { createMemory, instantiateKernels, loadKernels } from "./load-kernels.ts";
import { startThreads } from "./threads.ts";

test("awaitStart returns whether all threads have started", async () => {
  const kernels = loadKernels();
  const memory = createMemory(kernels, 1000);
  const exports = instantiateKernels(kernels, memory);
  const good = startThreads(kernels, memory, exports, 3);
  expect(good.awaitStart(20_000)).toBe(true);
  await good.close();
  // A module that imports a missing function cannot be instantiated in the thread.
  const bytes = [
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, 12, 1, 3, 0x65, 0x6e, 0x76, 4, 0x6e, 0x6f, 0x70,
    0x65, 0, 0,
  ];
  const module = new WebAssembly.Module(Uint8Array.from(bytes));
  const fresh = createMemory(kernels, 1000);
  const broken = startThreads({ ...kernels, module }, fresh, exports, 2);
  expect(broken.awaitStart(300)).toBe(false);
  await broken.close();
});

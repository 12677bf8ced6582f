import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { kernelSourceHash } from "../../src/lab/kernels/compiled.ts";
import { hashKernelSources } from "./source-hash.ts";

test("the compiled kernels belong to their sources (else: npm run kernels)", () => {
  const folder = fileURLToPath(new URL("../../src/lab/kernels/assembly/", import.meta.url));
  expect(kernelSourceHash).toBe(hashKernelSources(folder));
});

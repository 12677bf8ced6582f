import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { kernelSourceHash } from "../../src/lab/kernels/compiled.ts";
import { blockFiles, writeBlocks } from "./register-blocks.ts";
import { hashKernelSources } from "./source-hash.ts";

const folder = fileURLToPath(new URL("../../src/lab/kernels/assembly/", import.meta.url));

test("the compiled kernels belong to their sources (if not, run npm run kernels)", () => {
  expect(kernelSourceHash).toBe(hashKernelSources(folder));
});

test.each(blockFiles)("%s holds the unrolled blocks that the generator writes", (file) => {
  const text = readFileSync(folder + file, "utf8");
  expect(writeBlocks(file, text)).toBe(text);
});

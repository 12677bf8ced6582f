// Compiles the kernels (`npm run kernels`): writes the unrolled blocks of the products, then compiles every variant from the same
// sources into one module of text, so that nothing is read at run time. With --check, compares with what is committed instead.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { blockFiles, writeBlocks } from "./register-blocks.ts";
import { hashKernelSources } from "./source-hash.ts";

const folder = fileURLToPath(new URL("../../src/lab/kernels/assembly/", import.meta.url));
const target = fileURLToPath(new URL("../../src/lab/kernels/compiled.ts", import.meta.url));

/** Maximum memory of a 32-bit module, in pages of 64 KiB. */
const maximumPages = 65536;

// Warnings that do not apply: usize where a 64-bit build would need a cast (201), v128 passed across functions of this module (112).
const common = (
  "-O3 --noAssert --runtime stub --use abort= --importMemory --initialMemory 1 " +
  "--enable simd --enable threads --enable bulk-memory --disableWarning 201 --disableWarning 112"
).split(" ");
const shared = ["--sharedMemory", "--maximumMemory", String(maximumPages)];
const variants = {
  relaxedShared: [...common, ...shared, "--enable", "relaxed-simd"],
  plainShared: [...common, ...shared],
  plainSingle: common,
} as const;

function compile(flags: readonly string[], work: string): string {
  const output = join(work, "kernels.wasm");
  const compiler = join(folder, "node_modules", "assemblyscript", "bin", "asc.js");
  execFileSync(process.execPath, [compiler, join(folder, "main.ts"), "-o", output, ...flags], {
    cwd: folder,
    stdio: "inherit",
  });
  return readFileSync(output).toString("base64");
}

const isCheck = process.argv.includes("--check");
for (const file of blockFiles) {
  const text = readFileSync(join(folder, file), "utf8");
  const written = writeBlocks(file, text);
  if (written === text) continue;
  if (isCheck) {
    process.stderr.write(
      `kernels: the unrolled blocks of ${file} are not those of register-blocks.ts; run npm run kernels\n`,
    );
    process.exitCode = 1;
  } else writeFileSync(join(folder, file), written);
}

const work = mkdtempSync(join(tmpdir(), "loadline-kernels-"));
try {
  const built = Object.entries(variants).map(([name, flags]) => ({ name, base64: compile(flags, work) }));
  const lines = built.flatMap(({ name, base64 }) => [
    `  ${name}: [`,
    ...(base64.match(/.{1,112}/g) ?? []).map((line) => `    "${line}",`),
    `  ],`,
  ]);
  const text = `// Made by \`npm run kernels\` from the sources in assembly/; a test checks that it belongs to them.

/** SHA-256 of the sources and of the compiler's version. */
export const kernelSourceHash = "${hashKernelSources(folder)}";

/** WebAssembly modules in base64, in lines. */
export const compiledKernels: Readonly<Record<"relaxedShared" | "plainShared" | "plainSingle", readonly string[]>> = {
${lines.join("\n")}
};
`;
  if (isCheck) {
    if (readFileSync(target, "utf8") !== text) {
      process.stderr.write("kernels: compiled.ts is not what the sources compile to; run npm run kernels\n");
      process.exitCode = 1;
    } else process.stdout.write("kernels: compiled.ts is what the sources compile to\n");
  } else {
    writeFileSync(target, text);
    for (const { name, base64 } of built) {
      process.stdout.write(`kernels: ${name} ${Math.round((base64.length * 3) / 4)} bytes\n`);
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** What `npm run check` runs: types, lint, format, unused code, the package, and tests, which include the layers. */
const report = join(tmpdir(), `loadline-tests-${process.pid}.json`);
const steps: readonly {
  readonly name: string;
  readonly script: string;
  readonly words: readonly string[];
}[] = [
  { name: "types", script: "types", words: [] },
  { name: "lint", script: "lint", words: [] },
  { name: "format", script: "format:check", words: [] },
  { name: "unused code", script: "unused", words: [] },
  { name: "package", script: "package", words: [] },
  {
    name: "tests",
    script: "test",
    words: ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
  },
];

const root = fileURLToPath(new URL("../", import.meta.url));

/** Runs a script of package.json and returns its exit code and its output. */
function run(
  script: string,
  words: readonly string[],
): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const child = spawn("npm", ["run", "-s", script, "--", ...words], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output: string[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => output.push(chunk.toString()));
    child.on("error", (error) => resolve({ code: 1, output: String(error) }));
    child.on("close", (code) => resolve({ code: code ?? 1, output: output.join("") }));
  });
}

const counts = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
});

/** Returns the one line that counts the tests, or undefined if they ended before they wrote their report. */
function testLine(): string | undefined {
  try {
    const read = counts.parse(JSON.parse(readFileSync(report, "utf8")));
    return `${read.numPassedTests} passed, ${read.numFailedTests} failed, ${read.numPendingTests} skipped`;
  } catch {
    return undefined;
  }
}

let failed = 0;
for (const { name, script, words } of steps) {
  const start = performance.now();
  const { code, output } = await run(script, words);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  process.stdout.write(`${code === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)\n`);
  // A check that something keeps from running says so in a line of its own, also where the step passes.
  for (const line of output.split("\n")) {
    if (code === 0 && line.includes("is not installed")) process.stdout.write(`      ${line}\n`);
  }
  if (code !== 0) {
    failed++;
    process.stdout.write(`${output.trimEnd()}\n`);
  }
}
const line = testLine();
rmSync(report, { force: true });
if (line !== undefined) process.stdout.write(`${line}\n`);
if (failed > 0) process.stdout.write(`${failed} of ${steps.length} steps failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

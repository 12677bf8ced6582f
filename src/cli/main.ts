#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { z } from "zod";
import { LoadlineError } from "../shared/errors.ts";
import { reportError, runCli } from "./run-cli.ts";
import { processTerminal } from "./terminal.ts";

const words = process.argv.slice(2);
const terminal = processTerminal();

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // A reader that ends early (`| head`) no longer wants the output: that is not an error.
  if (error.code === "EPIPE") process.exit(0);
  const reason = `standard output: cannot be written (${error.message})`;
  process.exit(reportError(new LoadlineError("file-unwritable", reason), terminal, words.includes("--json")));
});
// Nobody reads what goes wrong there, and the exit code still says it.
process.stderr.on("error", () => undefined);

const packageFile = new URL("../../package.json", import.meta.url);
const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(packageFile, "utf8")));
process.exitCode = await runCli(words, terminal, version);

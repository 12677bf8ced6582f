#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { z } from "zod";
import { runCli } from "./run-cli.ts";
import { processTerminal } from "./terminal.ts";

// A reader that ends early (`| head`) no longer wants the output: that is not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

const packageFile = new URL("../../package.json", import.meta.url);
const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(packageFile, "utf8")));
process.exitCode = await runCli(process.argv.slice(2), processTerminal(), version);

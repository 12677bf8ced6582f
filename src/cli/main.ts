#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { z } from "zod";
import { runCli } from "./run-cli.ts";
import { processTerminal } from "./terminal.ts";

// A reader may end early (`| head`): the output is then not wanted, and nothing is wrong.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

const packageFile = new URL("../../package.json", import.meta.url);
const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(packageFile, "utf8")));
process.exitCode = await runCli(process.argv.slice(2), processTerminal(), version);

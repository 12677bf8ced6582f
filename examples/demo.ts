/**
 * `npm run demo`: the main job on a real, long conversation. Replays the recorded coding agent's session call by call under a
 * load line of 24,000 tokens, prints what it cost beside the usual ways, and writes a page with charts.
 */
import { fileURLToPath } from "node:url";
import { runCli } from "../src/cli/run-cli.ts";
import { processTerminal } from "../src/cli/terminal.ts";

const conversation = fileURLToPath(new URL("./conversations/coding-agent.jsonl", import.meta.url));
const report = fileURLToPath(new URL("../loadline-report.html", import.meta.url));
process.exitCode = await runCli(
  ["replay", conversation, "--budget", "24k", "--prices", "anthropic", "--report", report],
  processTerminal(),
  "demo",
);

/**
 * `npm run demo`: replays the recorded session of a coding agent call by call under a load line of 24,000 tokens, writes a page with
 * charts, and prints what it costs compared with the usual ways, at the prices of Anthropic and of OpenAI. The tool results of the
 * session are real, the agent is scripted: see `record-coding-agent.ts`.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runCli } from "../src/cli/run-cli.ts";
import { processTerminal } from "../src/cli/terminal.ts";
import { formatTable } from "../src/report/index.ts";
import { cachePrices, counterForModel, readConversation, replay, strategies } from "../src/window/index.ts";
import type { Replay, Strategy } from "../src/window/index.ts";

const conversationPath = fileURLToPath(new URL("./conversations/coding-agent.jsonl", import.meta.url));
const reportPath = fileURLToPath(new URL("../loadline-report.html", import.meta.url));
const budgetTokens = 24_000;

const titles: Readonly<Record<Strategy, string>> = {
  loadline: "Loadline",
  unmanaged: "everything sent",
  newestFirst: "newest first, trimmed on every call",
  clearOldResults: "all but 3 tool results cleared",
};
const percents = new Intl.NumberFormat("en-US", { style: "percent", minimumFractionDigits: 1 });
const wholes = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** Replays the conversation under each price list; the edits depend on the prices. */
async function replayAtEach(priceLists: readonly string[]): Promise<readonly Replay[]> {
  const conversation = readConversation(readFileSync(conversationPath));
  const counter = await counterForModel(conversation.model);
  return Promise.all(
    priceLists.map((name) => replay(conversation, { budgetTokens, prices: cachePrices(name), counter })),
  );
}

/** Formats the cost of each way at each price list: tokens of fresh input, and the share of sending everything. */
function formatCosts(replays: readonly Replay[]): string {
  const heads = replays.flatMap(({ prices }) => [`cost, ${prices}`, "of everything"]);
  const rows = strategies.map((strategy) => [
    titles[strategy],
    ...replays.flatMap(({ totals }) => [
      wholes.format(totals[strategy].cost),
      percents.format(totals[strategy].cost / totals.unmanaged.cost),
    ]),
  ]);
  return formatTable(["strategy", ...heads], rows);
}

const terminal = processTerminal();
process.exitCode = await runCli(
  [
    "replay",
    conversationPath,
    "--budget",
    String(budgetTokens),
    "--prices",
    "anthropic",
    "--report",
    reportPath,
  ],
  terminal,
  "demo",
);
if (process.exitCode === 0)
  terminal.out(`\nat both price lists:\n${formatCosts(await replayAtEach(["anthropic", "openai"]))}`);

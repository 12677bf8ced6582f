import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  cachePrices,
  inspectConversation,
  o200kCounter,
  readConversation,
  replay,
  strategies,
} from "../../src/window/index.ts";
import type { Conversation, Replay, TokenCounter } from "../../src/window/index.ts";
import { readConversations } from "../../src/window/conversation/read/read-conversation.ts";
import { findShared } from "../../test/shared-folder.ts";
import { addUp, judge } from "./add-up.ts";
import type { SetSum } from "./add-up.ts";
import { clientBudgets, judgeClient, makeClientSessions, runClient } from "./client-runs.ts";
import type { ClientRun } from "./client-runs.ts";

/**
 * Measures the window's economics: on synthetic sessions of Claude Code's and Codex' shape, taken in by `thread.sync` as the client
 * renders them again, at budgets of 60,000, 100,000 and 160,000 tokens; and on real agent runs, compared with common ways of trimming.
 *
 *     node bench/replay/main.ts [--data DIR] [--prices anthropic] [--json]
 *
 * DIR contains `swe-agent/*.traj` and `tau-bench-airline.json`. Budgets are 25, 50 and 75 % of each conversation's final size. Calls
 * whose system prompt, newest exchange and newest request already exceed the budget are counted separately. Exits with 1 if a promise
 * does not hold.
 */
const { values } = parseArgs({
  options: {
    data: { type: "string", default: findShared("data") ?? "" },
    prices: { type: "string", default: "anthropic" },
    json: { type: "boolean", default: false },
  },
});

const shares = [0.25, 0.5, 0.75];
/** Runs used of tau-bench, the longest ones. */
const maxRuns = 50;

interface SizedConversation {
  readonly conversation: Conversation;
  readonly tokens: number;
}

function sizeConversation(conversation: Conversation, counter: TokenCounter): SizedConversation {
  return { conversation, tokens: inspectConversation(conversation, counter, 0).ledger.total };
}

async function readSets(
  folder: string,
  counter: TokenCounter,
): Promise<ReadonlyMap<string, readonly SizedConversation[]>> {
  const runs = (await readdir(join(folder, "swe-agent"))).filter((name) => name.endsWith(".traj")).sort();
  const agent = await Promise.all(
    runs.map(async (name) =>
      sizeConversation(readConversation(await readFile(join(folder, "swe-agent", name))), counter),
    ),
  );
  const airline = readConversations(await readFile(join(folder, "tau-bench-airline.json"))).map((one) =>
    sizeConversation(one, counter),
  );
  return new Map([
    ["tau-bench-airline, 50 longest", airline.sort((a, b) => b.tokens - a.tokens).slice(0, maxRuns)],
    ["swe-agent", agent],
  ]);
}

async function replaySet(
  set: readonly SizedConversation[],
  share: number,
  counter: TokenCounter,
): Promise<readonly Replay[]> {
  const prices = cachePrices(values.prices);
  const replays: Replay[] = [];
  for (const { conversation, tokens } of set) {
    replays.push(await replay(conversation, { budgetTokens: Math.floor(tokens * share), prices, counter }));
  }
  return replays;
}

function percent(part: number, of: number): string {
  return of === 0 ? "-" : `${((100 * part) / of).toFixed(1)} %`;
}

function print(name: string, share: number, sum: SetSum): void {
  const out = (text: string): void => void process.stdout.write(`${text}\n`);
  out(
    `\n${name}, budget ${100 * share} %: ${sum.conversations} conversations, ${sum.calls} calls (${sum.tooSmallCalls} counted separately), ${sum.edits} edits, peak ${percent(sum.peakShare, 1)} of the budget`,
  );
  out("                      cost  arguments  over | all calls: cost  arguments");
  for (const strategy of strategies) {
    const row = sum.strategies[strategy];
    const cells = [
      strategy.padEnd(16),
      `${Math.round(row.cost / 1000)}k`.padStart(9),
      percent(row.argumentsPresent, row.argumentsSeen).padStart(10),
      String(row.overBudgetCalls).padStart(5),
      "|",
      `${Math.round(row.costOfAllCalls / 1000)}k`.padStart(15),
      percent(row.argumentsPresentOfAllCalls, row.argumentsSeenOfAllCalls).padStart(10),
    ];
    out(cells.join(" "));
  }
  for (const { holds, text } of judge(sum)) out(`  ${holds ? "holds " : "FAILS "} ${text}`);
}

interface ClientRow {
  readonly client: string;
  readonly budgetTokens: number;
  readonly run: ClientRun;
  readonly all: ClientRun;
}

async function runClients(counter: TokenCounter): Promise<readonly ClientRow[]> {
  const rows: ClientRow[] = [];
  for (const session of makeClientSessions()) {
    const all = await runClient(session, counter);
    for (const budgetTokens of clientBudgets)
      rows.push({
        client: session.client,
        budgetTokens,
        run: await runClient(session, counter, budgetTokens),
        all,
      });
  }
  return rows;
}

function printClient({ client, budgetTokens, run, all }: ClientRow): void {
  const out = (text: string): void => void process.stdout.write(`${text}\n`);
  out(
    `\n${client}'s shape, budget ${budgetTokens} of ${all.peakTokens} tokens: ${run.calls} calls, ${run.edits} edits, peak ${percent(run.peakTokens, budgetTokens)} of the budget, ${percent(run.reusedShare, 1)} of the tokens read from the cache (${percent(all.reusedShare, 1)} with everything sent)`,
  );
  for (const { holds, text } of judgeClient(run, all)) out(`  ${holds ? "holds " : "FAILS "} ${text}`);
}

async function main(): Promise<number> {
  const counter = await o200kCounter();
  const clients = await runClients(counter);
  const clientVerdicts = clients.flatMap(({ client, budgetTokens, run, all }) =>
    judgeClient(run, all).map((verdict) => ({ client, budgetTokens, ...verdict })),
  );
  if (!values.json) for (const row of clients) printClient(row);
  const hasData = existsSync(join(values.data, "swe-agent"));
  if (!hasData && !values.json)
    process.stdout.write(
      "\nReal agent runs: not measured, no data folder; pass --data DIR with swe-agent/ and tau-bench-airline.json\n",
    );
  const results: { readonly set: string; readonly share: number; readonly sum: SetSum }[] = [];
  const sets = hasData ? await readSets(values.data, counter) : new Map<string, never>();
  for (const [set, conversations] of sets) {
    for (const share of shares)
      results.push({ set, share, sum: addUp(await replaySet(conversations, share, counter)) });
  }
  const verdicts = [
    ...clientVerdicts,
    ...results.flatMap(({ set, share, sum }) => judge(sum).map((verdict) => ({ set, share, ...verdict }))),
  ];
  const failed = verdicts.filter((verdict) => !verdict.holds).length;
  if (values.json)
    process.stdout.write(
      `${JSON.stringify({ prices: values.prices, clients, results, verdicts }, undefined, 2)}\n`,
    );
  else {
    for (const { set, share, sum } of results) print(set, share, sum);
    process.stdout.write(`\n${verdicts.length - failed} of ${verdicts.length} promises hold\n`);
  }
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();

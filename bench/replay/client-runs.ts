import { cachePrices, computeCallCost, openMemory } from "../../src/window/index.ts";
import type { TokenCounter } from "../../src/window/index.ts";
import { makeClaudeCodeSession, makeCodexSession } from "../../test/sessions/client-sessions.ts";
import type { SessionRequest } from "../../test/sessions/client-sessions.ts";
import type { Verdict } from "./add-up.ts";

/** A synthetic session of one client's shape, with the prices of its provider. */
export interface ClientSession {
  readonly client: string;
  readonly prices: string;
  readonly requests: readonly SessionRequest[];
}

/** Figures of a session that was taken in request by request, as the client renders it again. */
export interface ClientRun {
  readonly calls: number;
  readonly edits: number;
  readonly cost: number;
  /** Windows over the budget. */
  readonly overBudgetCalls: number;
  readonly threads: number;
  readonly forks: number;
  /** Entries of the thread compared with messages that the client sent. */
  readonly entries: number;
  readonly messages: number;
  /** Windows that do not start as the one before, with no edit and no change of the client that explains it. */
  readonly unplannedRewrites: number;
  /** Share of all window tokens that were read from the cache. */
  readonly reusedShare: number;
  readonly peakTokens: number;
}

/** Turns of two calls whose results have 60 lines: about 200,000 tokens at the end. */
const length = { turns: 100, lines: 60, steadyBilling: true };
/** More than any session has: everything is sent. */
const everything = 10_000_000;

/** Budgets of the rows, in tokens. */
export const clientBudgets = [60_000, 100_000, 160_000] as const;

/** Returns the sessions of the rows. */
export function makeClientSessions(): readonly ClientSession[] {
  return [
    { client: "Claude Code", prices: "anthropic", requests: makeClaudeCodeSession(length) },
    { client: "Codex", prices: "openai", requests: makeCodexSession(length) },
  ];
}

/** Returns what a message says, apart from marks and from whether one text is written as a string. */
function describeMessage(json: string): string {
  const { content, ...rest } = JSON.parse(json, (name, value: unknown) =>
    name === "cache_control" ? undefined : value,
  ) as { readonly content?: unknown };
  return JSON.stringify({
    ...rest,
    content: typeof content === "string" ? [{ type: "text", text: content }] : content,
  });
}

function countMessages(body: object): number {
  const { messages, input } = body as {
    readonly messages?: readonly unknown[];
    readonly input?: readonly unknown[];
  };
  return (messages ?? input ?? []).length;
}

/** Takes a session in through `thread.sync`; without a budget everything is sent. */
export async function runClient(
  { prices: priceName, requests }: ClientSession,
  counter: TokenCounter,
  budgetTokens: number = everything,
): Promise<ClientRun> {
  let now = 1_700_000_000_000;
  const prices = cachePrices(priceName);
  const memory = await openMemory({ counter, prices, clock: () => (now += 1_000) });
  const thread = await memory.thread("session");
  const sums = { edits: 0, cost: 0, over: 0, forks: 0, unplanned: 0, reused: 0, tokens: 0, peak: 0 };
  let before: readonly string[] = [];
  for (const { body, answer } of requests) {
    const synced = await thread.sync(body);
    const window = await synced.window({ budgetTokens });
    const { reusedTokens, brokenBy } = window.cache;
    const said = window.parts.map(({ json }) => describeMessage(json));
    // The newest message of a request is rendered again by the client: its reminder goes.
    const isLonger = before.slice(0, -1).every((text, index) => text === said[index]);
    if (window.edits.length === 0 && (brokenBy === "edit" || !isLonger)) sums.unplanned++;
    before = said;
    sums.edits += window.edits.length;
    sums.cost += computeCallCost({ windowTokens: window.tokens, reusedTokens }, prices);
    sums.over += window.tokens > budgetTokens ? 1 : 0;
    sums.forks += synced.thread.id === "session" ? 0 : 1;
    sums.reused += reusedTokens;
    sums.tokens += window.tokens;
    sums.peak = Math.max(sums.peak, window.tokens);
    await synced.answer(answer);
  }
  const entries = await thread.length();
  const threads = (await memory.threads()).length;
  await memory.close();
  return {
    calls: requests.length,
    edits: sums.edits,
    cost: Math.round(sums.cost),
    overBudgetCalls: sums.over,
    threads,
    forks: sums.forks,
    entries,
    messages: countMessages(requests.at(-1)?.body ?? {}),
    unplannedRewrites: sums.unplanned,
    reusedShare: sums.tokens === 0 ? 0 : sums.reused / sums.tokens,
    peakTokens: sums.peak,
  };
}

/** Judges a session's run compared with sending everything. */
export function judgeClient(run: ClientRun, all: ClientRun): readonly Verdict[] {
  const equal = (what: string, value: number, wanted: number): Verdict => ({
    holds: value === wanted,
    text: `${what}: ${value} (${wanted})`,
  });
  return [
    equal("calls over the budget", run.overBudgetCalls, 0),
    equal("threads", run.threads, 1),
    equal("forks", run.forks, 0),
    equal("entries", run.entries, run.messages),
    equal("unplanned rewrites", run.unplannedRewrites, 0),
    {
      holds: run.cost < all.cost,
      text: `cost ${((100 * run.cost) / all.cost).toFixed(1)} % of sending everything`,
    },
  ];
}

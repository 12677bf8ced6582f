import {
  cachePrices,
  inspectConversation,
  o200kCounter,
  openMemory,
  replay,
  strategies,
} from "../../src/window/index.ts";
import type { Conversation, Edit, Replay, TokenCounter, WindowOptions } from "../../src/window/index.ts";
import { addUp } from "../../bench/replay/add-up.ts";
import { place, plainJson, shortHash } from "./figures.ts";
import type { Figures } from "./figures.ts";
import { agentRuns, caseConversations, demoConversation } from "./window-conversations.ts";

/** Lists an edit's figures. Its reason goes by its saved name, so that recordings of all versions compare. */
const editWords = (edit: Edit): string =>
  [
    edit.measure,
    edit.reason === "requested" ? "asked" : edit.reason,
    edit.targets.length,
    edit.insertion?.tokens ?? "-",
    edit.absorbs.length,
    edit.freedTokens,
    edit.rewrittenTokens,
  ].join(",");

function addTotals(figures: Figures, path: string, result: Replay): void {
  figures.add(`${path}/size`, result.messages, result.calls.length, result.finalTokens, result.budgetTokens);
  figures.add(
    `${path}/promises`,
    result.unplannedRewrites,
    result.overBudgetCalls,
    result.tooSmallCalls,
    result.lostEntries,
  );
  for (const strategy of strategies) {
    const total = result.totals[strategy];
    figures.add(
      `${path}/strategy/${strategy}`,
      total.cost,
      total.peakWindowTokens,
      total.overBudgetCalls,
      total.argumentsPresent,
      total.argumentsSeen,
    );
  }
}

function addCalls(figures: Figures, path: string, result: Replay): void {
  for (const [index, { at, figures: each, edits, tooSmall, kinds }] of result.calls.entries()) {
    const call = `${path}/call/${place(index)}`;
    for (const strategy of strategies) {
      const { windowTokens, reusedTokens, cost, argumentsSeen, argumentsPresent } = each[strategy];
      figures.add(`${call}/${strategy}`, windowTokens, reusedTokens, cost, argumentsPresent, argumentsSeen);
    }
    figures.add(`${call}/window`, at, tooSmall, plainJson(kinds), ...edits.map(editWords));
  }
}

const windows: Readonly<Record<string, Partial<WindowOptions>>> = {
  usual: {},
  cold: { cache: "cold" },
  high: { lowWater: 0.9, protectTail: 3, recallShare: 0 },
  recalling: { lowWater: 0.2, recallShare: 0.4, answerTokens: 500 },
};

/** Records a conversation in a memory: windows under a falling budget, edits, recall and calibration. */
async function addMemory(
  figures: Figures,
  path: string,
  conversation: Conversation,
  counter: TokenCounter,
): Promise<void> {
  let now = 1_700_000_000_000;
  const memory = await openMemory({ counter, prices: cachePrices("anthropic"), clock: () => now });
  const thread = await memory.thread("figures");
  await thread.append(conversation);
  const total = inspectConversation(conversation, counter, 0).ledger.total;
  for (const share of [1, 0.7, 0.45, 0.3]) {
    now += 60_000;
    const budgetTokens = Math.max(1, Math.floor(total * share));
    const window = await thread.window({ budgetTokens, overflow: "minimum" });
    const step = `${path}/budget ${share}`;
    figures.add(`${step}/window`, window.tokens, window.overBudget, window.parts.length);
    figures.add(`${step}/bytes`, shortHash(window.json));
    figures.add(`${step}/cache`, window.cache.state, ...Object.values(window.cache).slice(1));
    for (const { kind, size, items } of window.ledger.kinds) figures.add(`${step}/kind/${kind}`, size, items);
    figures.add(`${step}/parts`, ...window.parts.map(({ kind, tokens }) => `${kind.charAt(0)}${tokens}`));
    figures.add(`${step}/edits`, ...window.edits.map(editWords));
    await thread.reportUsage({ inputTokens: Math.round(window.tokens * 1.1) });
  }
  for (const [index, query] of ["which test failed?", "longest file", "src/window 2026-11-23"].entries()) {
    const { items, tokens } = await thread.recall(query, { budgetTokens: 1500 });
    figures.add(`${path}/recall/${index}`, tokens, ...items.map(({ handle, score }) => `${handle}=${score}`));
  }
  await memory.close();
}

/** Records replays of the demo's conversation and the small cases, call by call under several budgets and price lists. */
export async function recordReplay(figures: Figures): Promise<void> {
  const counter = await o200kCounter();
  const demo = demoConversation();
  for (const budgetTokens of [8_000, 24_000, 60_000])
    for (const name of ["anthropic", "openai"]) {
      const path = `window/replay/${demo.name}/${budgetTokens} ${name}`;
      const result = await replay(demo.conversation, { budgetTokens, prices: cachePrices(name), counter });
      addTotals(figures, path, result);
      addCalls(figures, path, result);
    }
  for (const [name, window] of Object.entries(windows)) {
    const options = { budgetTokens: 20_000, prices: cachePrices("anthropic"), counter, window };
    addTotals(figures, `window/replay/${demo.name}/${name}`, await replay(demo.conversation, options));
  }
  await addMemory(figures, `window/replay/${demo.name}/memory`, demo.conversation, counter);
  for (const { name, conversation } of caseConversations(figures, "window/replay/read")) {
    const total = inspectConversation(conversation, counter, 0).ledger.total;
    const prices = cachePrices("anthropic");
    for (const share of [0.5, 0.8]) {
      const budgetTokens = Math.max(1, Math.floor(total * share));
      const path = `window/replay/${name}/${share}`;
      await figures.tryTo(path, async () => {
        const result = await replay(conversation, { budgetTokens, prices, counter });
        addTotals(figures, path, result);
        addCalls(figures, path, result);
      });
    }
  }
}

/** Records replays of the agent runs of `shared/data` at half their size: each run's totals, and the sums that `bench:replay` prints. */
export async function recordAgentRuns(figures: Figures): Promise<void> {
  const sets = agentRuns();
  if (sets === undefined) return figures.add("window/agent-runs", "skipped: no shared/data");
  const counter = await o200kCounter();
  for (const [set, runs] of Object.entries(sets)) {
    const replays: Replay[] = [];
    const prices = cachePrices("anthropic");
    for (const { name, conversation } of runs) {
      const budgetTokens = Math.floor(inspectConversation(conversation, counter, 0).ledger.total / 2);
      const result = await replay(conversation, { budgetTokens, prices, counter });
      addTotals(figures, `window/agent-runs/${set}/${name}`, result);
      figures.add(
        `window/agent-runs/${set}/${name}/edits`,
        ...result.calls.flatMap(({ edits }) => edits.map(editWords)),
      );
      replays.push(result);
    }
    const { strategies: sums, ...sum } = addUp(replays);
    figures.add(`window/agent-runs/${set}`, plainJson(sum));
    for (const [strategy, each] of Object.entries(sums)) {
      const { argumentsSeen, argumentsSeenOfAllCalls, ...rest } = each;
      // Labels stay as first recorded, so that recordings of all versions compare.
      const labelled = {
        ...rest,
        argumentsAsked: argumentsSeen,
        argumentsAskedOfAllCalls: argumentsSeenOfAllCalls,
      };
      figures.add(`window/agent-runs/${set}/${strategy}`, plainJson(labelled));
    }
  }
}

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { o200kCounter } from "../../src/window/index.ts";
import { readConversations } from "../../bench/recall/conversations.ts";
import { summarize } from "../../bench/recall/metrics.ts";
import {
  loadline,
  newestFirst,
  oracle,
  plainBm25,
  prepareConversation,
} from "../../bench/recall/strategies.ts";
import type { PreparedConversation } from "../../bench/recall/strategies.ts";
import { findShared } from "../shared-folder.ts";
import { plainJson, place } from "./figures.ts";
import type { Figures } from "./figures.ts";

const budgets = [512, 2048, 8192];
const strategies = { loadline, newestFirst, plainBm25, oracle };

/** Returns the share of a question's evidence in the window of each budget. */
function sharesOf(
  conversation: PreparedConversation,
  strategy: keyof typeof strategies,
): readonly { readonly category: number; readonly shares: readonly number[] }[] {
  return conversation.questions.map((question) => ({
    category: question.category,
    shares: strategies[strategy](conversation, question, budgets).map((window) => {
      const held = question.evidence.reduce((sum, seq) => sum + (window.get(seq) ?? 0), 0);
      // Shares of a turn's passages are fractions: their sum may miss 1 by rounding.
      return held > question.evidence.length - 1e-9 ? 1 : held / question.evidence.length;
    }),
  }));
}

function addFile(figures: Figures, file: string, count: (text: string) => number, limit: number): void {
  const path = `window/recall/${basename(file, ".json")}`;
  const conversations = readConversations(JSON.parse(readFileSync(file, "utf8")))
    .slice(0, limit)
    .map((conversation) => prepareConversation(conversation, count));
  for (const strategy of Object.keys(strategies) as (keyof typeof strategies)[]) {
    const results = conversations.map((conversation) => sharesOf(conversation, strategy));
    const all = results.flat();
    for (const category of new Set(all.map((result) => result.category))) {
      const some = all.filter((result) => result.category === category);
      figures.add(`${path}/${strategy}/category ${category}`, plainJson(summarize(some, budgets)));
    }
    figures.add(`${path}/${strategy}/all`, plainJson(summarize(all, budgets)));
    if (strategy === "loadline")
      for (const [index, shares] of results.entries())
        for (const [question, result] of shares.entries())
          figures.add(`${path}/${strategy}/${place(index)}/${place(question)}`, ...result.shares);
  }
}

/** Records evidence recall on the conversations of `shared/data`, as `bench:recall` measures it. */
export async function recordRecall(figures: Figures): Promise<void> {
  const { count } = await o200kCounter();
  for (const [name, limit] of [
    ["locomo-dev.json", 5],
    ["beam-dev.json", 2],
  ] as const) {
    const file = findShared(`data/${name}`);
    if (file === undefined) figures.add(`window/recall/${name}`, "skipped: no shared/data");
    else addFile(figures, file, count, limit);
  }
}

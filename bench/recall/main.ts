import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { readConversations } from "./conversations.ts";
import { summarize } from "./metrics.ts";
import type { QuestionResult, Summary } from "./metrics.ts";
import { loadline, newestFirst, oracle, plainBm25, prepareConversation } from "./strategies.ts";
import type { PreparedConversation, Strategy } from "./strategies.ts";

/**
 * Measures evidence recall: which share of a question's labelled evidence does recall put into the window?
 *
 *     node bench/recall/main.ts --data FILE [--budgets 512,1024,2048,4096,8192] [--json]
 *
 * FILE is in LoCoMo's format. Questions of category 5 (adversarial) are counted separately.
 */
const { values } = parseArgs({
  options: {
    data: { type: "string" },
    budgets: { type: "string", default: "512,1024,2048,4096,8192" },
    json: { type: "boolean", default: false },
  },
});

const adversarial = 5;
const categoryNames: Readonly<Record<number, string>> = {
  1: "multi-hop",
  2: "temporal",
  3: "open-domain",
  4: "single-hop",
  5: "adversarial",
};

interface Run {
  readonly results: readonly QuestionResult[];
  readonly msPerQuery: number;
}

function runStrategy(
  conversations: readonly PreparedConversation[],
  strategy: Strategy,
  budgets: readonly number[],
): Run {
  const started = performance.now();
  const results = conversations.flatMap((conversation) =>
    conversation.questions.map((question) => {
      const windows = strategy(conversation, question, budgets);
      const shares = windows.map((window) => {
        const found = question.evidence.reduce((sum, seq) => sum + (window.get(seq) ?? 0), 0);
        // Shares of a turn's passages are fractions, so rounding may keep their sum just below 1.
        return found > question.evidence.length - 1e-9 ? 1 : found / question.evidence.length;
      });
      return { category: question.category, shares };
    }),
  );
  return { results, msPerQuery: (performance.now() - started) / Math.max(1, results.length) };
}

function summarizeRun(run: Run, budgets: readonly number[]): object {
  const categories = [...new Set(run.results.map(({ category }) => category))].sort();
  const ofCategory = (wanted: number): Summary =>
    summarize(
      run.results.filter(({ category }) => category === wanted),
      budgets,
    );
  const counted = run.results.filter(({ category }) => category !== adversarial);
  return {
    ...summarize(counted, budgets),
    byCategory: Object.fromEntries(categories.map((category) => [category, ofCategory(category)])),
    msPerQuery: Math.round(run.msPerQuery * 100) / 100,
  };
}

function row(name: string, summary: Summary): string {
  const cells = (figures: Readonly<Record<string, number>>): string =>
    Object.values(figures)
      .map((figure) => figure.toFixed(1).padStart(6))
      .join("");
  return `${name.padEnd(22)}${String(summary.questions).padStart(6)} ${cells(summary.recall)}  |${cells(summary.all)}`;
}

function printTable(conversations: readonly PreparedConversation[], budgets: readonly number[]): void {
  const print = (line: string): boolean => process.stdout.write(`${line}\n`);
  const headings = budgets.map((budget) => String(budget).padStart(6)).join("");
  print(`${"percent at tokens".padEnd(22)}${"n".padStart(6)} ${headings}  |${headings}`);
  print(`${"".padEnd(29)}mean share of the evidence | questions with all of it`);
  const strategies = { "newest first": newestFirst, "BM25, greedy": plainBm25, loadline, oracle };
  for (const [name, strategy] of Object.entries(strategies)) {
    const { results, msPerQuery } = runStrategy(conversations, strategy, budgets);
    const counted = results.filter(({ category }) => category !== adversarial);
    print(`${row(name, summarize(counted, budgets))}  ${msPerQuery.toFixed(2)} ms per question`);
    if (strategy !== loadline) continue;
    for (const [category, title] of Object.entries(categoryNames)) {
      const some = results.filter((result) => result.category === Number(category));
      if (some.length > 0) print(row(`  ${title}`, summarize(some, budgets)));
    }
  }
}

if (values.data === undefined) {
  process.stderr.write("--data is required: a file in LoCoMo's format\n");
  process.exitCode = 2;
} else {
  const budgets = values.budgets.split(",").map(Number);
  if (budgets.some((budget) => !Number.isSafeInteger(budget) || budget < 0)) {
    process.stderr.write(`--budgets: got ${values.budgets}, allowed: whole numbers separated by commas\n`);
    process.exit(2);
  }
  const labelled = readConversations(JSON.parse(await readFile(values.data, "utf8")));
  const count = (text: string): number => countTokens(text, { disallowedSpecial: new Set() });
  const prepared = labelled.map((conversation) => prepareConversation(conversation, count));
  if (values.json) {
    const summary = summarizeRun(runStrategy(prepared, loadline, budgets), budgets);
    process.stdout.write(`${JSON.stringify(summary, undefined, 2)}\n`);
  } else {
    printTable(prepared, budgets);
  }
}

import { defineCommand } from "../command/define-command.ts";
import type { ArgumentTable } from "../command/define-command.ts";
import { openMemory } from "../../window/index.ts";
import type { Recalled, RecalledItem } from "../../window/index.ts";
import { readTokens } from "../read-options.ts";
import { sessionArguments } from "../sessions/session-arguments.ts";
import { readChosenConversation } from "../sessions/choose-session.ts";
import type { Command } from "../command/define-command.ts";
import type { Terminal } from "../terminal.ts";
import { cutToWidth, fitLines, formatInteger } from "../../report/text/format-table.ts";
import { showOnOneLine } from "../../report/text/visible-text.ts";
import { jsonText } from "../command/json-text.ts";
import { countingModel, jsonFlag } from "../command/shared-arguments.ts";

const recallArguments = {
  ...sessionArguments,
  query: { type: "string", required: true, description: "the question", valueHint: "Q" },
  budget: {
    type: "string",
    default: "2000",
    description: "tokens that may come back, such as 2000 or 2k",
    valueHint: "N",
  },
  model: countingModel,
  json: jsonFlag,
} as const satisfies ArgumentTable;

/** `loadline recall FILE --query Q`: what would come back, with scores and why. */
export function recallCommand(terminal: Terminal): Command {
  return defineCommand({
    description: "Show what recall brings back for a question, with scores and reasons",
    examples: ['recall conversation.jsonl --query "which port does the server use?" --budget 2k'],
    args: recallArguments,
    run: async (args) => {
      const budgetTokens = readTokens("budget", args.budget);
      const { conversation } = await readChosenConversation(args, terminal);
      const model = args.model ?? conversation.model;
      const memory = await openMemory(model === undefined ? {} : { model });
      const thread = await memory.thread("recall");
      await thread.append(conversation);
      const found = await thread.recall(args.query, { budgetTokens });
      await memory.close();
      terminal.out(args.json === true ? jsonText(found) : describe(found, terminal));
    },
  });
}

function describe(found: Recalled, terminal: Terminal): string {
  if (found.items.length === 0)
    return `nothing bears on the question, or nothing fits ${formatInteger(found.budgetTokens)} tokens`;
  const { columns } = terminal;
  const best = found.items[0]?.score ?? 1;
  const lines = [
    `${found.items.length} came back, ${formatInteger(found.tokens)} of ${formatInteger(found.budgetTokens)} tokens, best first`,
    ...found.items.flatMap((item) => [
      "",
      headOf(item, best),
      `  ${oneLine(item.text, Math.max(16, columns - 4))}`,
      `  why: ${reasons(item)}`,
    ]),
  ];
  return fitLines(lines.join("\n"), terminal);
}

function headOf(item: RecalledItem, best: number): string {
  const score = ((100 * item.score) / best).toFixed(0);
  return `${item.handle}  ${item.speaker ?? item.role}${item.partial ? " (a passage)" : ""}  score ${score}  ${formatInteger(item.tokens)} tokens`;
}

function oneLine(text: string, width: number): string {
  const line = showOnOneLine(
    text
      .slice(0, width * 4)
      .replace(/\s+/g, " ")
      .trim(),
  );
  const shown = cutToWidth(line, width - 1);
  return shown.length < line.length ? `${shown}…` : line;
}

function reasons(item: RecalledItem): string {
  const { why } = item;
  const terms = why.terms
    .slice(0, 6)
    .map((term) => `${term.term}${term.kind === "word" ? "" : ` (${term.kind})`}`);
  const factors = Object.entries(why.factors)
    .filter(([, value]) => Math.abs(value - 1) > 0.005)
    .map(([name, value]) => `${name} ×${value.toFixed(2)}`);
  return [terms.length === 0 ? "its neighbours" : terms.join(", "), ...factors].join("; ");
}

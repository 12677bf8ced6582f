import { defineCommand } from "../command/define-command.ts";
import type { ArgumentTable } from "../command/define-command.ts";
import { counterForModel, inspectConversation } from "../../window/index.ts";
import type { Inspection, RepeatedResult } from "../../window/index.ts";
import { readWhole } from "../read-numbers.ts";
import { baseName, readConversationFile } from "../read-options.ts";
import type { Command } from "../command/define-command.ts";
import type { Terminal } from "../terminal.ts";
import {
  drawBar,
  fitLines,
  formatPercent,
  formatTable,
  formatInteger,
} from "../../report/text/format-table.ts";
import { showOnOneLine } from "../../report/text/visible-text.ts";
import { jsonText } from "../command/json-text.ts";
import {
  conversationFile,
  conversationFormat,
  countingModel,
  jsonFlag,
} from "../command/shared-arguments.ts";

const inspectArguments = {
  file: conversationFile,
  format: conversationFormat,
  model: countingModel,
  largest: {
    type: "string",
    default: "10",
    description: "how many of the largest items to list",
    valueHint: "N",
  },
  json: jsonFlag,
} as const satisfies ArgumentTable;

/** `loadline inspect FILE`: what fills a conversation. */
export function inspectCommand(terminal: Terminal): Command {
  return defineCommand({
    description: "Show what fills a conversation, by kind, with its largest items and repetitions",
    examples: [
      "inspect conversation.jsonl",
      "inspect run.traj --largest 20 --json",
      "inspect - < request.json",
    ],
    args: inspectArguments,
    run: async (args) => {
      const largest = readWhole("largest", args.largest, 0);
      const conversation = await readConversationFile(args.file, args.format, terminal);
      const counter = await counterForModel(args.model ?? conversation.model);
      const found = inspectConversation(conversation, counter, largest);
      terminal.out(args.json === true ? jsonText(found) : describe(found, baseName(args.file), terminal));
    },
  });
}

function describe(found: Inspection, name: string, terminal: Terminal): string {
  const { ledger } = found;
  const counted = found.exact ? found.counter : `${found.counter}, an estimate`;
  const lines = [
    `${showOnOneLine(name)}: ${formatInteger(found.messages)} messages, ${formatInteger(found.calls)} calls, ${formatInteger(ledger.total)} tokens (${found.format}, counted by ${counted})`,
    "",
    formatTable(
      ["kind", "tokens", "share", "items", ""],
      ledger.kinds.map((row) => [
        row.kind,
        formatInteger(row.size),
        formatPercent(row.size, ledger.total),
        formatInteger(row.items),
        drawBar(row.size / ledger.total),
      ]),
      [0, 4],
      terminal,
    ),
    "",
    formatTable(
      ["largest items", "kind", "tokens", "begins"],
      found.largest.map((item) => [
        `${item.handle}${item.toolName === undefined ? "" : ` ${item.toolName}`}`,
        item.kind,
        formatInteger(item.tokens),
        item.beginning,
      ]),
      [0, 1, 3],
      terminal,
    ),
    "",
    describeRepeats("exact duplicates", found.duplicates),
    describeRepeats(
      "superseded results (the same tool was called again with the same arguments)",
      found.superseded,
    ),
  ];
  return fitLines(lines.join("\n"), terminal);
}

function describeRepeats(what: string, results: readonly RepeatedResult[]): string {
  if (results.length === 0) return `${what}: none`;
  const freed = results.reduce((sum, result) => sum + result.freedTokens, 0);
  const shown = results.slice(0, 8).map((result) => result.handle);
  return `${what}: ${results.length}, ${formatInteger(freed)} tokens could be freed (${shown.join(", ")}${results.length > shown.length ? ", …" : ""})`;
}

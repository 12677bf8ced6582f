import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { defineCommand } from "../command/define-command.ts";
import type { ArgumentTable } from "../command/define-command.ts";
import { cachePriceNames, cachePrices, counterForModel, derivePrices, replay } from "../../window/index.ts";
import type { CachePrices } from "../../window/index.ts";
import { checkWritableFile } from "../check-writable.ts";
import { startProgress } from "../progress-bar.ts";
import { readTokens } from "../read-options.ts";
import { readPrices } from "../read-prices.ts";
import type { PriceChoice } from "../read-prices.ts";
import { sessionArguments } from "../sessions/session-arguments.ts";
import { readChosenConversation } from "../sessions/choose-session.ts";
import type { Command } from "../command/define-command.ts";
import type { Terminal } from "../terminal.ts";
import { unwritable } from "../unwritable.ts";
import { describeReplay, replayJson } from "../../report/text/describe-replay.ts";
import { jsonText } from "../command/json-text.ts";
import { countingModel, jsonFlag, reportFile } from "../command/shared-arguments.ts";

const replayArguments = {
  ...sessionArguments,
  budget: {
    type: "string",
    required: true,
    description: "the load line in tokens, such as 32000 or 32k",
    valueHint: "N",
  },
  prices: {
    type: "string",
    description: `what tokens cost: ${cachePriceNames.join(", ")}, or a JSON file with usd (input, output, cacheRead, cacheWrite per million tokens); default: the model's own, else anthropic`,
    valueHint: "NAME",
  },
  model: countingModel,
  report: reportFile,
  calls: { type: "boolean", description: "print a row for every call" },
  json: jsonFlag,
} as const satisfies ArgumentTable;

/** Returns the prices that were named, or the model's own, or those of the provider that its name shows. */
function choosePrices({ name, facts }: PriceChoice, model: string | undefined): CachePrices {
  const usual = /^(?:gpt|o\d|chatgpt)/.test(model ?? "") ? "openai" : "anthropic";
  return cachePrices(name ?? derivePrices(facts) ?? usual);
}

/** `loadline replay FILE --budget N`: every call of a conversation through the window, compared with the usual strategies. */
export function replayCommand(terminal: Terminal): Command {
  return defineCommand({
    description:
      "Replay a conversation call by call under a budget, and compare with sending everything, trimming and clearing.",
    examples: [
      "replay conversation.jsonl --budget 32k",
      "replay conversation.jsonl --budget 32k --prices openai --report replay.html",
      "replay --claude-code 1 --budget 60k",
    ],
    args: replayArguments,
    run: async (args) => {
      const budgetTokens = readTokens("budget", args.budget);
      checkWritableFile(args.report);
      const { conversation, name } = await readChosenConversation(args, terminal);
      const model = args.model ?? conversation.model;
      const choice = await readPrices(args.prices, model);
      const prices = choosePrices(choice, model);
      const counter = await counterForModel(model);
      const bar = startProgress(terminal, "replaying calls");
      const result = await replay(conversation, {
        budgetTokens,
        prices,
        counter,
        model: choice.facts,
        onProgress: bar.step,
      }).finally(bar.stop);
      if (args.report !== undefined) {
        const { renderReplayReport } = await import("../../report/pages/replay-report.ts");
        const page = renderReplayReport(result, name);
        await writeFile(args.report, page).catch((cause: unknown) => unwritable(args.report ?? "", cause));
      }
      if (args.json === true) terminal.out(jsonText(replayJson(result)));
      else terminal.out(describeReplay(result, name, args.calls === true, terminal));
      if (args.report !== undefined && args.json !== true) terminal.out(`\nreport: ${resolve(args.report)}`);
    },
  });
}

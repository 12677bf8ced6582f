import { defineCommand } from "../command/define-command.ts";
import { languageTask, readPlainText } from "../../lab/index.ts";
import type { TokenKind } from "../../lab/index.ts";
import { requireOneOf } from "../../shared/options.ts";
import type { Command } from "../command/define-command.ts";
import { finishTraining } from "../lab/finish-training.ts";
import { readTrainingChoices, trainingArguments } from "../lab/training-options.ts";
import type { CommandTask } from "../lab/training-task.ts";
import { readWhole } from "../read-numbers.ts";
import type { Terminal } from "../terminal.ts";
import { formatInteger } from "../../report/text/format-table.ts";
import { readStream, standardInput } from "../read-options.ts";

const languageArguments = {
  file: { type: "positional", required: true, description: "a text file", valueHint: "FILE" },
  tokens: { type: "string", description: "characters (default) or words", valueHint: "KIND" },
  vocabulary: {
    type: "string",
    description: "maximum size of the vocabulary (default: 4000)",
    valueHint: "N",
  },
  context: { type: "string", description: "context length in tokens (default: 128)", valueHint: "N" },
  layers: { type: "string", description: "blocks (default: 4)", valueHint: "N" },
  width: { type: "string", description: "width of the model (default: 128)", valueHint: "N" },
  heads: { type: "string", description: "attention heads (default: 4)", valueHint: "N" },
  ...trainingArguments,
} as const;

/** `loadline train lm FILE`: a small causal language model of a text. */
export function trainLmCommand(terminal: Terminal): Command {
  return defineCommand({
    description: "Train a small language model on a text; loadline generate continues texts with it",
    examples: ["train lm book.txt --save model.safetensors"],
    args: languageArguments,
    run: async (args) => {
      const choices = readTrainingChoices(args);
      const tokens: TokenKind = requireOneOf("--tokens", args.tokens ?? "characters", [
        "characters",
        "words",
      ]);
      const options = {
        name: args.file === "-" ? standardInput : args.file,
        tokens,
        context: readWhole("context", args.context ?? "128", 1),
        maxVocabulary: readWhole("vocabulary", args.vocabulary ?? "4000", 1),
        width: readWhole("width", args.width ?? "128", 1),
        layers: readWhole("layers", args.layers ?? "4", 0),
        heads: readWhole("heads", args.heads ?? "4", 1),
      };
      const { task, parts, vocabularySize, bigramLoss } = languageTask(
        await readStream(args.file, readPlainText),
        options,
      );
      const described: CommandTask = {
        ...task,
        before: [
          `${formatInteger(parts.train.length)} ${tokens} to learn from, ${formatInteger(parts.test.length)} to test with, ${formatInteger(vocabularySize)} different`,
          `a model that knows only the one before: loss ${bigramLoss.toFixed(4)}`,
        ],
        after: ({ loss }) => [
          `bigram ${bigramLoss.toFixed(4)}, this model ${loss.toFixed(4)} nats a token: ${loss < bigramLoss ? "below" : "not below"}`,
        ],
      };
      return await finishTraining(described, choices, args, terminal);
    },
  });
}

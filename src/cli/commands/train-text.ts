import { defineCommand } from "../command/define-command.ts";
import { loadSpamAssassin, readLabelledTexts, textTask } from "../../lab/index.ts";
import type { LabelledText, TokenKind } from "../../lab/index.ts";
import { requireOneOf } from "../../shared/options.ts";
import type { Command } from "../command/define-command.ts";
import { finishTraining } from "../lab/finish-training.ts";
import { readTrainingChoices, trainingArguments } from "../lab/training-options.ts";
import type { TrainingWords } from "../lab/training-options.ts";
import type { CommandTask } from "../lab/training-task.ts";
import { readNetworkFile } from "../lab/read-network.ts";
import { readWhole } from "../read-numbers.ts";
import type { Terminal } from "../terminal.ts";
import { formatInteger } from "../../report/text/format-table.ts";
import { readStream } from "../read-options.ts";

const textArguments = {
  tokens: { type: "string", description: "words (default) or characters", valueHint: "KIND" },
  vocabulary: {
    type: "string",
    description: "maximum size of the vocabulary (default: 20000)",
    valueHint: "N",
  },
  length: {
    type: "string",
    description: "tokens of a text that the network reads (default: 400)",
    valueHint: "N",
  },
  width: { type: "string", description: "width of an embedding (default: 32)", valueHint: "N" },
  network: {
    type: "string",
    description: "a network in a JSON file, whose input is [length] of int32",
    valueHint: "FILE",
  },
  ...trainingArguments,
} as const;

interface TextWords extends TrainingWords {
  readonly tokens?: string | undefined;
  readonly vocabulary?: string | undefined;
  readonly length?: string | undefined;
  readonly width?: string | undefined;
  readonly network?: string | undefined;
  readonly json?: boolean | undefined;
}

async function commandTask(
  texts: readonly LabelledText[],
  name: string,
  title: string,
  words: TextWords,
): Promise<CommandTask> {
  const tokens: TokenKind = requireOneOf("--tokens", words.tokens ?? "words", ["words", "characters"]);
  const { task, split, vocabulary } = textTask(texts, {
    title,
    name,
    tokens,
    length: readWhole("length", words.length ?? "400", 1),
    maxVocabulary: readWhole("vocabulary", words.vocabulary ?? "20000", 1),
    width: readWhole("width", words.width ?? "32", 1),
    network: words.network === undefined ? undefined : await readNetworkFile(words.network),
  });
  return {
    ...task,
    before: [
      `${formatInteger(split.train.length)} texts to learn from, ${formatInteger(split.test.length)} to test with, ` +
        `${formatInteger(split.duplicates)} duplicates left out; classes ${split.classes.join(", ")}; ${formatInteger(vocabulary.tokens.length)} ${tokens}`,
    ],
  };
}

/** `loadline train text FILE`: a classifier of texts from CSV or JSON lines. */
export function trainTextCommand(terminal: Terminal): Command {
  return defineCommand({
    description: "Train a classifier of texts, from CSV or JSON lines with text and label",
    examples: ["train text reviews.csv --save model.safetensors"],
    args: {
      file: {
        type: "positional",
        required: true,
        description: "a CSV or .jsonl file with the columns text and label",
        valueHint: "FILE",
      },
      ...textArguments,
    },
    run: async (args) => {
      const choices = readTrainingChoices(args);
      const task = await commandTask(
        await readStream(args.file, (path) => readLabelledTexts(path)),
        args.file,
        "Classes of texts",
        args,
      );
      return await finishTraining(task, choices, args, terminal);
    },
  });
}

/** `loadline train spam`: spam or not, by the words of mails. */
export function trainSpamCommand(terminal: Terminal): Command {
  return defineCommand({
    description: "Train a spam filter on the SpamAssassin corpus",
    examples: ["train spam"],
    args: textArguments,
    run: async (args) => {
      const choices = readTrainingChoices(args);
      const task = await commandTask(await loadSpamAssassin(), "SpamAssassin corpus", "Spam or not", args);
      return await finishTraining(task, choices, args, terminal);
    },
  });
}

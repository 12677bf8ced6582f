import { defineCommand } from "../command/define-command.ts";
import {
  bigramLoss,
  encodeTokens,
  learnVocabulary,
  readPieces,
  specialTokens,
  splitTokens,
  transformer,
  windowSource,
} from "../../lab/index.ts";
import type { TokenKind } from "../../lab/index.ts";
import { requireOneOf } from "../../shared/options.ts";
import type { Command } from "../command/define-command.ts";
import { finishTraining } from "../lab/finish-training.ts";
import { readTrainingChoices, trainingArguments } from "../lab/training-options.ts";
import type { TrainingTask } from "../lab/training-task.ts";
import { readWhole } from "../read-numbers.ts";
import type { Terminal } from "../terminal.ts";
import { whole } from "../../report/text/table.ts";

const languageArguments = {
  file: { type: "positional", required: true, description: "a text file", valueHint: "FILE" },
  tokens: { type: "string", description: "characters (default) or words", valueHint: "KIND" },
  vocabulary: { type: "string", description: "most tokens that are learned (default: 4000)", valueHint: "N" },
  context: { type: "string", description: "tokens the model sees (default: 128)", valueHint: "N" },
  layers: { type: "string", description: "blocks (default: 4)", valueHint: "N" },
  width: { type: "string", description: "width of the model (default: 128)", valueHint: "N" },
  heads: { type: "string", description: "attention heads (default: 4)", valueHint: "N" },
  ...trainingArguments,
} as const;

/** A larger text takes days here, and its tokens are held in memory. */
const maxCharacters = 200_000_000;

/** Small batches make many updates of a short text; larger ones need more epochs for the same loss. */
const lmBatch = 4;
/** Updates that bring the usual model well below a bigram model. */
const worthwhileUpdates = 1500;

/** A long text is read three times, a short one more often, up to twenty times. */
function epochsFor(windows: number): number {
  return Math.min(20, Math.max(3, Math.ceil((worthwhileUpdates * lmBatch) / windows)));
}

async function readText(file: string): Promise<string> {
  const pieces: string[] = [];
  let length = 0;
  for await (const piece of readPieces(file)) {
    pieces.push(piece);
    length += piece.length;
    if (length > maxCharacters) break;
  }
  return pieces.join("").slice(0, maxCharacters);
}

/** `loadline train lm FILE`: a small causal language model of a text. */
export function trainLmCommand(terminal: Terminal): Command {
  return defineCommand({
    description: "Train a small language model on a text; loadline generate goes on with it",
    examples: [],
    args: languageArguments,
    run: async (args) => {
      const choices = readTrainingChoices(args);
      const kind: TokenKind = requireOneOf("--tokens", args.tokens ?? "characters", ["characters", "words"]);
      const context = readWhole("context", args.context ?? "128", 1);
      const text = await readText(args.file);
      // What comes at the end of the text is tested with, so its words are not learned either.
      const cut = text.slice(0, Math.floor(text.length * 0.9));
      const maxSize = readWhole("vocabulary", args.vocabulary ?? "4000", 1);
      const vocabulary = learnVocabulary([cut], kind, { maxSize });
      const size = vocabulary.tokens.length + specialTokens;
      const parts = splitTokens(encodeTokens(vocabulary, text), context, args.file);
      const bigram = bigramLoss(parts.train, parts.test, size);
      const network = transformer({
        vocabulary: size,
        context,
        width: readWhole("width", args.width ?? "128", 1),
        layers: readWhole("layers", args.layers ?? "4", 0),
        heads: readWhole("heads", args.heads ?? "4", 1),
      });
      const source = windowSource(parts.train, context, true);
      const task: TrainingTask = {
        title: "Language model",
        network,
        loss: "sparseCategoricalCrossentropy",
        source,
        test: windowSource(parts.test, context, false),
        validates: true,
        batch: lmBatch,
        epochs: epochsFor(source.count),
        learningRate: 0.002,
        schedule: "cosine",
        warmupSteps: 50,
        metadata: { vocabulary: JSON.stringify(vocabulary) },
        before: [
          `${whole(parts.train.length)} ${kind} to learn from, ${whole(parts.test.length)} to test with, ${whole(size)} different`,
          `a model that knows only the one before: loss ${bigram.toFixed(4)}`,
        ],
        after: (_trainer, { loss }) => [
          `bigram ${bigram.toFixed(4)}, this model ${loss.toFixed(4)} nats a token: ${loss < bigram ? "below" : "not below"}`,
        ],
      };
      return await finishTraining(task, choices, args, terminal);
    },
  });
}

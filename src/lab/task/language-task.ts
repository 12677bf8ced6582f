import { transformer } from "../network/transformer.ts";
import type { TextParts } from "../text/plain-text.ts";
import { bigramLoss, splitTokens, windowSource } from "../text/plain-text.ts";
import { readPieces } from "../text/read-pieces.ts";
import type { TokenKind } from "../text/vocabulary.ts";
import { encodeTokens, learnVocabulary, specialTokens } from "../text/vocabulary.ts";
import type { TrainingTask } from "./training-task.ts";

export interface LanguageTaskOptions {
  /** Name of the text, such as its file's, for errors. */
  readonly name: string;
  /** Default `characters`. */
  readonly tokens?: TokenKind;
  /** Largest number of tokens that are learned. Default 4,000. */
  readonly maxVocabulary?: number;
  /** Tokens that the model sees. Default 128. */
  readonly context?: number;
  /** Width of the model. Default 128. */
  readonly width?: number;
  /** Blocks. Default 4. */
  readonly layers?: number;
  /** Attention heads. Default 4. */
  readonly heads?: number;
}

/** A task that models a text, with what it must beat. */
export interface LanguageTask {
  readonly task: TrainingTask;
  readonly parts: TextParts;
  /** Different tokens, the special ones included. */
  readonly vocabularySize: number;
  /** Loss, in nats per token, of a model that knows only the token before. */
  readonly bigramLoss: number;
}

/** A larger text takes days to learn, and its tokens are held in memory. */
const maxCharacters = 200_000_000;

/** Reads a text file, at most its first 200 million characters. Errors: `file-unreadable`. */
export async function readPlainText(file: string): Promise<string> {
  const pieces: string[] = [];
  let length = 0;
  for await (const piece of readPieces(file)) {
    pieces.push(piece);
    length += piece.length;
    if (length > maxCharacters) break;
  }
  return pieces.join("").slice(0, maxCharacters);
}

/** Small batches make many updates of a short text; larger ones need more epochs for the same loss. */
const batch = 4;
/** Updates that bring the default model well below a bigram model. */
const worthwhileUpdates = 1500;

/** Chooses the epochs: 3 for a long text, up to 20 for a short one. */
function epochsFor(windows: number): number {
  return Math.min(20, Math.max(3, Math.ceil((worthwhileUpdates * batch) / windows)));
}

/**
 * Makes a task that trains a small causal language model on a text. Errors: `invalid-option`; `invalid-data` for a text too short
 * for the context.
 */
export function languageTask(text: string, options: LanguageTaskOptions): LanguageTask {
  const { name, tokens = "characters", maxVocabulary = 4000, context = 128 } = options;
  const { width = 128, layers = 4, heads = 4 } = options;
  // The end of the text is for testing, so its words are not learned either.
  const learned = text.slice(0, Math.floor(text.length * 0.9));
  const vocabulary = learnVocabulary([learned], tokens, { maxSize: maxVocabulary });
  const vocabularySize = vocabulary.tokens.length + specialTokens;
  const parts = splitTokens(encodeTokens(vocabulary, text), context, name);
  const source = windowSource(parts.train, context, true);
  const task: TrainingTask = {
    title: "Language model",
    network: transformer({ vocabulary: vocabularySize, context, width, layers, heads }),
    loss: "sparseCategoricalCrossentropy",
    source,
    test: windowSource(parts.test, context, false),
    validates: true,
    batch,
    epochs: epochsFor(source.count),
    learningRate: 0.002,
    schedule: "cosine",
    warmupSteps: 50,
    metadata: { vocabulary: JSON.stringify(vocabulary) },
  };
  return { task, parts, vocabularySize, bigramLoss: bigramLoss(parts.train, parts.test, vocabularySize) };
}

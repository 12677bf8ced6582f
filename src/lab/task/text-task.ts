import type { Network } from "../network/layer.ts";
import { dense, dropout, embedding, globalAveragePooling, network } from "../network/layers.ts";
import type { LabelledText } from "../text/labelled-text.ts";
import type { SplitTexts } from "../text/split-texts.ts";
import { splitTexts } from "../text/split-texts.ts";
import { tokenSource } from "../text/token-source.ts";
import type { TokenKind, Vocabulary } from "../text/vocabulary.ts";
import { createEncoder, learnVocabulary, specialTokens } from "../text/vocabulary.ts";
import type { TrainingTask } from "./training-task.ts";

export interface TextTaskOptions {
  readonly title: string;
  /** Name of the texts, such as their file's, for errors. */
  readonly name: string;
  /** Default `words`. */
  readonly tokens?: TokenKind;
  /** Largest number of tokens that are learned. Default 20,000. */
  readonly maxVocabulary?: number;
  /** Tokens of a text that the network reads. Default 400. */
  readonly length?: number;
  /** Width of the embedding. Default 32. */
  readonly width?: number;
  /** A network in place of an averaged embedding: input [length] of int32, one output per class. */
  readonly network?: Network | undefined;
}

/** A task that sorts texts into classes, with what was learned from the texts. */
export interface TextTask {
  readonly task: TrainingTask;
  readonly split: SplitTexts;
  readonly vocabulary: Vocabulary;
}

/** Makes a task that sorts texts into classes by an averaged embedding. Errors: `invalid-data`. */
export function textTask(texts: readonly LabelledText[], options: TextTaskOptions): TextTask {
  const { title, name, tokens = "words", maxVocabulary = 20_000, length = 400, width = 32 } = options;
  const split = splitTexts(texts, name);
  const learned = split.train.map((each) => each.text);
  const vocabulary = learnVocabulary(learned, tokens, { maxSize: maxVocabulary, minCount: 2 });
  const encode = createEncoder(vocabulary);
  const makeAveraged = (): Network =>
    network({ shape: [length], type: "int32" }, [
      embedding(vocabulary.tokens.length + specialTokens, width, { maskZero: true }),
      globalAveragePooling(),
      dropout(0.5),
      dense(split.classes.length, { activation: "softmax" }),
    ]);
  const task: TrainingTask = {
    title,
    network: options.network ?? makeAveraged(),
    loss: "sparseCategoricalCrossentropy",
    source: tokenSource(split.train, split.classes, encode, length),
    test: tokenSource(split.test, split.classes, encode, length),
    validates: true,
    batch: 32,
    epochs: 15,
    learningRate: 0.005,
    schedule: "linear",
    warmupSteps: 0,
    metadata: { classes: JSON.stringify(split.classes), vocabulary: JSON.stringify(vocabulary) },
  };
  return { task, split, vocabulary };
}

/** Design and train networks whose working memory is planned to the byte. */
export {
  activation,
  conv2d,
  dense,
  dropout,
  embedding,
  flatten,
  globalAveragePooling,
  layerNormalization,
  maxPooling2d,
  multiHeadAttention,
  network,
  residual,
} from "./network/layers.ts";
export { checkNetwork, holdsNetwork, parseNetwork } from "./network/network-schema.ts";
export { inferShapes } from "./network/shapes.ts";
export type { Shape } from "./network/shapes.ts";
export type {
  Activation,
  ActivationLayer,
  Conv2dLayer,
  DenseLayer,
  DropoutLayer,
  EmbeddingLayer,
  FlattenLayer,
  GlobalAveragePoolingLayer,
  Layer,
  LayerNormalizationLayer,
  MaxPooling2dLayer,
  MultiHeadAttentionLayer,
  Network,
  ResidualLayer,
} from "./network/layer.ts";
export type { LossName } from "./graph/lower-loss.ts";
export type { Optimizer, OptimizerChoice, OptimizerName } from "./graph/optimizer.ts";
export { compile } from "./compile.ts";
export type { CompileOptions, Program } from "./compile.ts";
export type { PhaseLedger, StepLedger, StepLedgerItem } from "./memory/ledger.ts";
export { createTrainer } from "./train/trainer.ts";
export type { Sums, Trainer, TrainerOptions } from "./train/trainer.ts";
export { evaluate, fit } from "./train/fit.ts";
export type { EpochResult, Position, Schedule, Scores, FitOptions, FitResult } from "./train/fit.ts";
export { planTraining } from "./plan/plan-training.ts";
export type { TrainingPlanOptions, TrainingPlan, Measure, MeasureKind } from "./plan/plan-training.ts";
export { digitTask, drawDigitSheet, drawingTask } from "./task/digit-tasks.ts";
export type { DigitTaskOptions } from "./task/digit-tasks.ts";
export { fitTask } from "./task/fit-task.ts";
export type { FitTaskOptions } from "./task/fit-task.ts";
export { languageTask, readPlainText } from "./task/language-task.ts";
export type { LanguageTask, LanguageTaskOptions } from "./task/language-task.ts";
export { prepareTask } from "./task/prepare-task.ts";
export type { TaskSettings } from "./task/prepare-task.ts";
export { textTask } from "./task/text-task.ts";
export type { TextTask, TextTaskOptions } from "./task/text-task.ts";
export type { TrainingTask } from "./task/training-task.ts";
export { writeLayersModel } from "./task/write-layers-model.ts";
export { sweep, sweepNetwork } from "./sweep/sweep.ts";
export type { SweepOptions, SweepRow } from "./sweep/sweep.ts";
export { paretoFront } from "./sweep/pareto.ts";
export { describeFindings, effectOf, findEffects } from "./sweep/findings.ts";
export type { Effect } from "./sweep/findings.ts";
export type { Batch, BatchSource, BatchView, ElementType, ExampleShape } from "./data/batch-source.ts";
export { loadMnist, mnistClasses } from "./data/mnist.ts";
export type { Mnist } from "./data/mnist.ts";
export { oneHot } from "./data/one-hot.ts";
export { transformer } from "./network/transformer.ts";
export type { TransformerOptions } from "./network/transformer.ts";
export { denoisingSource, noiseFeatures } from "./data/denoising-source.ts";
export { drawPictures } from "./train/draw.ts";
export { generateTokens } from "./train/generate.ts";
export type { GenerateOptions } from "./train/generate.ts";
export {
  readSavedNetwork,
  encodeCheckpoint,
  encodeModel,
  restoreCheckpoint,
  restoreModel,
} from "./train/checkpoint.ts";
export type { SavedNetwork, TrainingIdentity } from "./train/checkpoint.ts";
export { readWholeFile } from "./save/read-file.ts";
export { writeFileAtomically } from "./save/write-file.ts";
export { encodePng, tileImages } from "./save/png.ts";
export type { LabelledText } from "./text/labelled-text.ts";
export { loadSpamAssassin } from "./text/spam-assassin.ts";
export { readLabelledTexts } from "./text/read-labelled.ts";
export { readPieces } from "./text/read-pieces.ts";
export { splitTexts } from "./text/split-texts.ts";
export type { SplitTexts } from "./text/split-texts.ts";
export { tokenSource } from "./text/token-source.ts";
export { bigramLoss, splitTokens, windowSource } from "./text/plain-text.ts";
export type { TextParts } from "./text/plain-text.ts";
export {
  createEncoder,
  encodeTokens,
  learnVocabulary,
  parseVocabulary,
  specialTokens,
  tokenText,
} from "./text/vocabulary.ts";
export type { TokenKind, Vocabulary } from "./text/vocabulary.ts";
export { exportLayersModel } from "./save/tensorflow-js.ts";
export type { LayersModelFiles, LayersModelSource } from "./save/tensorflow-js.ts";

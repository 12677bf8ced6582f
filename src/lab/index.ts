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
export { checkNetwork, parseNetwork } from "./network/network-schema.ts";
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
export { compile } from "./train/compile.ts";
export type { CompileOptions, Program } from "./train/compile.ts";
export type { PhaseLedger, StepLedger, StepLedgerItem } from "./memory/ledger.ts";
export { createTrainer } from "./train/trainer.ts";
export type { Sums, Trainer, TrainerOptions } from "./train/trainer.ts";
export { evaluateAll, train } from "./train/train.ts";
export type { EpochResult, Position, Schedule, Scores, TrainOptions, TrainResult } from "./train/train.ts";
export { fit } from "./fit/fit.ts";
export type { FitOptions, FitPlan, Measure, MeasureKind } from "./fit/fit.ts";
export { sweep, sweepNetwork } from "./sweep/sweep.ts";
export type { SweepOptions, SweepRow } from "./sweep/sweep.ts";
export { paretoFront } from "./sweep/pareto.ts";
export { describeFindings, effectOf, findEffects } from "./sweep/findings.ts";
export type { Effect } from "./sweep/findings.ts";
export type { BatchSource, BatchView, ElementType, ExampleShape } from "./data/batch-source.ts";
export { loadMnist, mnistClasses } from "./data/mnist.ts";
export type { Mnist } from "./data/mnist.ts";
export { oneHot } from "./data/one-hot.ts";

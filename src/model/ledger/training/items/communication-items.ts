import { countTrained } from "./state-items.ts";
import type { TrainingItem } from "./state-items.ts";
import type { CheckedTraining } from "../training-options.ts";
import type { TrainingParameters } from "../step/training-parameters.ts";
import { parameterBytes } from "../step/training-states.ts";

/** DeepSpeed's buckets of 5e8 elements: two bytes each. */
const usualBucket = 1e9;
/** `overlap_comm` holds 4.5 times the bucket (transformers, docs/source/en/deepspeed.md). */
const overlapping = 4.5;

function bucketItems(options: CheckedTraining): readonly TrainingItem[] {
  const { sharding } = options;
  if (sharding === undefined || sharding.kind === "fsdp") return [];
  if (sharding.kind === "ddp") return [];
  const bucket = sharding.bucketBytes ?? usualBucket;
  const factor = (sharding.overlapCommunication ?? true) ? overlapping : 1;
  const count = sharding.kind === "zero-3" ? 1 : 2;
  return [
    {
      kind: "communication",
      label: count === 2 ? "buckets that reduce and gather" : "bucket that reduces",
      device: "gpu",
      phase: "backward",
      bytes: Math.round(count * bucket * factor),
      formula: "buckets x bytes x 4.5 with overlap",
      inputs: { buckets: count, bytes: bucket, factor },
      confidence: "derived",
      note: "at most the gradients of the model; reduce_bucket_size sets it",
    },
  ];
}

/** Counts the weights gathered for the current layer and the next, and the layer's full gradient before it is sharded. */
function gatherItems(parameters: TrainingParameters, options: CheckedTraining): readonly TrainingItem[] {
  const { sharding } = options;
  if (sharding?.kind !== "zero-3" && sharding?.kind !== "fsdp") return [];
  const largest = parameters.layers.reduce((most, each) => Math.max(most, each), 0);
  const root = sharding.kind === "fsdp" ? parameters.embedding + parameters.output : 0;
  const element = options.precision === "fp32" ? 4 : 2;
  const keeps = sharding.kind === "fsdp" && sharding.reshardAfterForward === false;
  const units = keeps ? parameters.total : 2 * largest + root;
  const gradient = options.adapter === undefined ? largest * parameterBytes(options).gradient : 0;
  const item = (phase: string): TrainingItem => ({
    kind: "communication",
    label: keeps ? "gathered weights of all layers" : "gathered weights of two layers",
    device: "gpu",
    phase,
    bytes: Math.round(units * element),
    formula: keeps ? "parameters x bytes" : "(2 x largest layer + embedding and output layer) x bytes",
    inputs: { largestLayer: Math.round(largest), aroundLayers: Math.round(root), bytes: element },
    confidence: "derived",
  });
  return [
    item("forward"),
    item("backward"),
    {
      kind: "gradients",
      label: "full gradient of a layer before it is sharded",
      device: "gpu",
      phase: "backward",
      bytes: Math.round(gradient),
      formula: "largest layer x bytes",
      inputs: { largestLayer: Math.round(largest) },
      confidence: "derived",
    },
  ];
}

/** Counts the gradient buckets of DistributedDataParallel, which stay for the whole step. */
function copyItems(parameters: TrainingParameters, options: CheckedTraining): readonly TrainingItem[] {
  if (options.sharding?.kind !== "ddp") return [];
  const { trained } = countTrained(parameters, options);
  return [
    {
      kind: "communication",
      label: "buckets of DistributedDataParallel",
      device: "gpu",
      phase: "load",
      bytes: Math.round(trained * parameterBytes(options).gradient),
      formula: "trained parameters x bytes of a gradient",
      inputs: { parameters: Math.round(trained) },
      confidence: "derived",
      note: "not there with gradient_as_bucket_view=True",
    },
  ];
}

/** Counts what the ranks hold to communicate. */
export function communicationItems(
  parameters: TrainingParameters,
  options: CheckedTraining,
): readonly TrainingItem[] {
  const gradients = parameterBytes(options).gradient * parameters.total;
  const buckets = bucketItems(options).map((item) => ({
    ...item,
    bytes: Math.min(item.bytes ?? 0, Math.round(gradients * 2)),
  }));
  return [...copyItems(parameters, options), ...buckets, ...gatherItems(parameters, options)];
}

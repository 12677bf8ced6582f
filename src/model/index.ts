/** Every byte that a language model will hold, known before it runs. */
export type { ModelLocation } from "./calls/read-model.ts";
export { sizeModel } from "./calls/size-model.ts";
export type { ModelEngine, NetworkOptions, SizeModelOptions } from "./calls/size-options.ts";
export type {
  LlamaCppSize,
  ModelSize,
  NetworkSize,
  Pace,
  TrainingSize,
  VllmSize,
} from "./calls/model-size.ts";
export type { ModelSummary, NetworkSummary } from "./calls/model-summary.ts";
export { planModel } from "./calls/plan-model.ts";
export type { PlannedModel, PlanModelOptions, RunnablePlan } from "./calls/plan-model.ts";
export type { PlanLimits } from "./calls/plan-limits.ts";
export { blobSource, bytesSource } from "./file/source/byte-source.ts";
export type { BlobLike, ByteSource } from "./file/source/byte-source.ts";
export type { FileTensor, FileValue, ModelFile } from "./file/header/model-file.ts";
export { readModelFile } from "./file/read-model-file.ts";
export { openModel } from "./file/location/open-model.ts";
export type { OpenModelOptions } from "./file/location/open-model.ts";
export type { HttpResponse, HttpClock, HttpFetch } from "./file/source/http-options.ts";
export { kerasNetwork } from "./description/keras/keras-from-file.ts";
export type { KerasNetworkOptions } from "./description/keras/keras-from-file.ts";
export type {
  KerasCall,
  KerasEdge,
  KerasLayer,
  KerasNetwork,
  KerasShape,
  KerasWeight,
} from "./description/keras/network/keras-network.ts";
export { describeModel } from "./description/describe-model.ts";
export type {
  AttentionDescription,
  ExpertDescription,
  LayerDescription,
  ParameterGroups,
  RecurrentDescription,
  SettingValue,
  ModelDescription,
  TensorDescription,
} from "./description/model-description.ts";
export { bindingTotals } from "./ledger/byte-ledger.ts";
export type { ByteKind, ByteLedger, ByteItem, Confidence, DeviceTotal } from "./ledger/byte-ledger.ts";
export { cacheTypes } from "./ledger/llama-cpp/graph/ggml/cache-type-rows.ts";
export { llamaCppLedger } from "./ledger/llama-cpp/llama-cpp-ledger.ts";
export type { LlamaCppOptions } from "./ledger/llama-cpp/options.ts";
export { kerasLedger, findMaxKerasBatch } from "./ledger/keras/keras-ledger.ts";
export type { KerasLedger, KerasPeak } from "./ledger/keras/keras-ledger.ts";
export type { KerasOptions } from "./ledger/keras/keras-options.ts";
export type { KerasLoss } from "./ledger/keras/losses.ts";
export type { KerasOptimizer } from "./ledger/keras/optimizers.ts";
export { kerasTraffic } from "./ledger/keras/keras-traffic.ts";
export type { KerasTrafficOptions } from "./ledger/keras/keras-traffic.ts";
export { activationsOfLayer } from "./ledger/training/tensors/layer-activations.ts";
export type { SavedTensor } from "./ledger/training/tensors/saved-tensor.ts";
export { trainingLedger } from "./ledger/training/training-ledger.ts";
export type { AdapterOptions, ShardingOptions, TrainingOptions } from "./ledger/training/training-options.ts";
export { vllmLedger } from "./ledger/vllm/vllm-ledger.ts";
export type { VllmLedger, VllmPool } from "./ledger/vllm/vllm-ledger.ts";
export type { VllmOptions } from "./ledger/vllm/vllm-options.ts";
export { rooflineOf, trafficOf } from "./ledger/traffic/traffic.ts";
export { stepRoofline } from "./plan/cost/serving-time.ts";
export type { StepSplit } from "./plan/cost/serving-time.ts";
export type { Roofline, Traffic, TrafficItem, TrafficOptions } from "./ledger/traffic/traffic.ts";
export { findDevice, devices } from "./plan/devices/find-device.ts";
export type { Device } from "./plan/devices/device.ts";
export { workloadOf, workloads } from "./plan/request/workloads.ts";
export type { Workload, WorkloadChoice } from "./plan/request/workloads.ts";
export { plan } from "./plan/plan.ts";
export type { ModelPlan, PlannedMeasure, PlanResult, PlanStart, Variants } from "./plan/model-plan.ts";
export type { CurrentTraining, PlanEngine, PlanOptions } from "./plan/request/plan-options.ts";
export type { PlanSettings } from "./plan/request/plan-settings.ts";
export type { MeasureName, Price } from "./plan/search/measure.ts";
export type { Need } from "./plan/search/plan-adapter.ts";
export type { Cost } from "./plan/cost/cost.ts";
export type { Evidence } from "./plan/evidence.ts";
export type { UnavailableMeasure } from "./plan/unavailable.ts";
export {
  findMaxBatch,
  findMaxContextTokens,
  findMaxSequences,
  findSmallestDevice,
} from "./plan/find-limits.ts";
export { deepSpeedSettings, unknownDeepSpeedNames } from "./settings/deepspeed.ts";
export type { DeepSpeedConfig } from "./settings/deepspeed.ts";
export { fsdpSettings } from "./settings/fsdp.ts";
export type { FsdpOptions } from "./settings/fsdp.ts";
export { llamaServerSettings } from "./settings/llama-server.ts";
export type { LlamaServerOptions } from "./settings/llama-server.ts";
export { settingsOf } from "./settings/settings-of.ts";
export type { SettingsBlock } from "./settings/settings-block.ts";
export type { ModelLoad } from "./settings/model-load.ts";
export type { ModelSource } from "./settings/model-source.ts";
export { trainerSettings } from "./settings/trainer-settings.ts";
export type { TrainingSetup } from "./settings/training-setup.ts";
export { vllmServeSettings } from "./settings/vllm-serve.ts";
export type { VllmServeOptions } from "./settings/vllm-serve.ts";

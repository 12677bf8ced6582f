import type { ByteLedger } from "../ledger/byte-ledger.ts";
import type { Cost } from "./cost/cost.ts";
import type { Evidence } from "./evidence.ts";
import type { MeasureName, Price } from "./search/measure.ts";
import type { Need } from "./search/plan-adapter.ts";
import type { PlanEngine } from "./request/plan-options.ts";
import type { PlanSettings } from "./request/plan-settings.ts";
import type { UnavailableMeasure } from "./unavailable.ts";
import type { Workload } from "./request/workloads.ts";

/** A measure of a plan, with what it saves after those before it, and what it costs. */
export interface PlannedMeasure {
  readonly measure: MeasureName;
  /** How much of it, in words. */
  readonly level: string;
  readonly price: Price;
  readonly risk: number;
  /** Share of the task that is given up. */
  readonly task: number;
  /** Bytes saved over all devices; what an offload moves to the host is not saved. */
  readonly savedBytes: number;
  /** Bytes saved on the device that is fullest before any measure. */
  readonly savedOnBinding: number;
  /** Seconds added for the workload; negative where it is faster. */
  readonly addedSeconds: number;
}

/** A way to run the model under the budget. */
export interface ModelPlan {
  readonly measures: readonly PlannedMeasure[];
  readonly cost: Cost;
  readonly ledger: ByteLedger;
  /** The device and phase with the least room left. */
  readonly binding: Need;
  readonly settings: PlanSettings;
}

/** The model before any measure. */
export interface PlanStart {
  readonly ledger: ByteLedger;
  readonly fits: boolean;
  readonly binding: Need;
  readonly seconds: number;
}

/** Variants of the model that would fit without costly measures, but have to be trained again. */
export interface Variants {
  /** The most layers that fit, with the bytes of all devices. */
  readonly shallower:
    | { readonly layers: number; readonly of: number; readonly totalBytes: number }
    | undefined;
  /** The widest that fits, as a share of every width. */
  readonly narrower: { readonly share: number; readonly totalBytes: number } | undefined;
}

/** The plans for a model, a workload and a budget. */
export interface PlanResult {
  readonly engine: PlanEngine;
  readonly workload: Workload;
  readonly budgetBytes: number;
  readonly devices: number;
  readonly before: PlanStart;
  /** Plans that none other beats in all of task, quality and time; cheapest first. Empty where nothing fits. */
  readonly plans: readonly ModelPlan[];
  /** Models like it that would fit without costly measures; undefined where it fits itself. */
  readonly variants: Variants | undefined;
  /** Measures that this engine has no setting for, and where there is one. */
  readonly unavailable: readonly UnavailableMeasure[];
  /** What the figures were compared with, and what they leave out. */
  readonly evidence: Evidence;
  /** True where part of the model is not known: the plans then stay under the budget only in what is known. */
  readonly atLeast: boolean;
}

import { requireKnownFields } from "../../shared/options.ts";
import { describeModel } from "../description/describe-model.ts";
import type { OpenModelOptions } from "../file/location/open-model.ts";
import type { ModelPlan, PlanResult } from "../plan/model-plan.ts";
import { plan } from "../plan/plan.ts";
import { planOptionNames } from "../plan/request/plan-options.ts";
import type { PlanOptions } from "../plan/request/plan-options.ts";
import type { WorkloadChoice } from "../plan/request/workloads.ts";
import type { SettingsBlock } from "../settings/settings-block.ts";
import { settingsOf } from "../settings/settings-of.ts";
import { findLimits } from "./plan-limits.ts";
import type { PlanLimits } from "./plan-limits.ts";
import { summarizeModel } from "./model-summary.ts";
import type { ModelSummary } from "./model-summary.ts";
import { openOptionNames, readModel } from "./read-model.ts";
import type { ModelLocation } from "./read-model.ts";

/** What `planModel` plans for. */
export interface PlanModelOptions extends PlanOptions, OpenModelOptions {
  /** A workload by name, or in numbers. Default "chat"; "fine-tuning" with the engine pytorch. */
  readonly workload?: WorkloadChoice | undefined;
}

/** A plan with the settings that start the engine for it. */
export interface RunnablePlan extends ModelPlan {
  readonly blocks: readonly SettingsBlock[];
}

/** The plans for a model, with settings and limits, as plain data that survives JSON. */
export interface PlannedModel extends Omit<PlanResult, "plans"> {
  readonly model: ModelSummary;
  readonly plans: readonly RunnablePlan[];
  readonly limits: PlanLimits;
}

/**
 * Plans how a model serves a workload, or is trained, under a budget. Returns the plans that fit and that no other plan beats,
 * cheapest first, each with its ledger and the engine's settings, as plain data that survives JSON.
 *
 * `location` is a path, a folder, an http(s) URL, `hf:owner/name[@revision][:file]`, or a source such as `blobSource(name, file)`.
 * The default engine is llama.cpp for GGUF and vLLM for other files. Options set `fetch`, the hub's token and a signal to cancel,
 * as for `openModel`.
 *
 * ```ts
 * const { plans, limits } = await planModel("hf:Qwen/Qwen3-8B", { device: "rtx4090", workload: "chat" });
 * console.log(plans[0]?.blocks[0]?.text, limits.maxContextTokens);
 *
 * const training = await planModel("./llama", { engine: "pytorch", budgetBytes: 24 * 2 ** 30 });
 * ```
 *
 * Errors: `invalid-option` for options that the engine cannot use, and those of `openModel` and `readModelFile`.
 */
export async function planModel(location: ModelLocation, options: PlanModelOptions): Promise<PlannedModel> {
  requireKnownFields("options", options, [...openOptionNames, ...planOptionNames, "workload"]);
  const {
    workload,
    fetch: _f,
    headers: _h,
    signal: _s,
    timeoutMs: _t,
    hubUrl: _u,
    token: _k,
    ...own
  } = options;
  const wanted = workload ?? (own.engine === "pytorch" ? "fine-tuning" : "chat");
  const file = await readModel(location, options);
  const description = describeModel(file);
  const result = plan(description, wanted, own);
  const source = { location: typeof location === "string" ? location : location.name, fileName: file.name };
  return {
    ...result,
    model: summarizeModel(description),
    plans: result.plans.map((each) => ({ ...each, blocks: settingsOf(description, each.settings, source) })),
    limits: findLimits(description, wanted, own),
  };
}

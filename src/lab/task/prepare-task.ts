import { LoadlineError } from "../../shared/errors.ts";
import type { CompileOptions, Program } from "../compile.ts";
import { compile } from "../compile.ts";
import type { TrainingPlan } from "../plan/plan-training.ts";
import { planTraining } from "../plan/plan-training.ts";
import type { TrainingTask } from "./training-task.ts";

/** Settings that replace a task's own. */
export interface TaskSettings {
  readonly compile?: CompileOptions;
  readonly learningRate?: number | undefined;
  /** Bytes that the arena may have; measures are chosen to fit. */
  readonly budgetBytes?: number | undefined;
}

function compileOptions(task: TrainingTask, settings: TaskSettings): CompileOptions {
  const chosen = settings.compile ?? {};
  const name = chosen.optimizer ?? "adam";
  // The task's rate suits its own optimizer, not another one.
  const rate = settings.learningRate ?? (chosen.optimizer === undefined ? task.learningRate : undefined);
  const optimizer =
    rate === undefined || typeof name !== "string" || name === "none" ? name : { name, learningRate: rate };
  return { batch: task.batch, loss: task.loss, ...chosen, optimizer };
}

/**
 * Compiles the program of a task: as its settings say or, with a budget, with the measures that bring it under the budget.
 * Errors: `invalid-option`; `budget-too-small`.
 */
export function prepareTask(
  task: TrainingTask,
  settings: TaskSettings = {},
): { readonly program: Program; readonly plan: TrainingPlan | undefined } {
  const options = compileOptions(task, settings);
  if (settings.budgetBytes === undefined) return { program: compile(task.network, options), plan: undefined };
  const { microBatch, recompute, ...open } = options;
  if (microBatch !== undefined || recompute !== undefined) {
    throw new LoadlineError(
      "invalid-option",
      "budgetBytes chooses microBatch and recompute: leave them out, or leave the budget out",
    );
  }
  const plan = planTraining(task.network, { ...open, budgetBytes: settings.budgetBytes });
  return { program: plan.program, plan };
}

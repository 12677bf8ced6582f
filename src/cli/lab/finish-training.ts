import type { Terminal } from "../terminal.ts";
import { runTraining, trainingJson } from "./run-training.ts";
import type { TrainingRun } from "./run-training.ts";
import type { TrainingChoices, TrainingWords } from "./training-options.ts";
import type { TrainingTask } from "./training-task.ts";

/** The result in the line that ends every training. */
export function describeScores(run: TrainingRun): string {
  const { loss, accuracy } = run.scores;
  return `Loss: ${loss.toFixed(4)}${accuracy === undefined ? "" : `, Accuracy: ${accuracy.toFixed(4)}`}`;
}

/** Trains a task as the words of the command line say, and prints or writes all that they ask for. */
export async function finishTraining(
  task: TrainingTask,
  choices: TrainingChoices,
  words: TrainingWords & { readonly json?: boolean | undefined },
  terminal: Terminal,
): Promise<void> {
  const quiet = words.json === true;
  const run = await runTraining(task, choices, terminal, { quiet });
  if (quiet) terminal.out(JSON.stringify(trainingJson(run), undefined, 2));
  else terminal.out(describeScores(run));
}

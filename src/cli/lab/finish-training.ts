import { resolve } from "node:path";
import { existsSync } from "node:fs";
import {
  encodeCheckpoint,
  encodeModel,
  readWholeFile,
  restoreCheckpoint,
  writeFileAtomically,
} from "../../lab/index.ts";
import type { Trainer } from "../../lab/index.ts";
import type { Terminal } from "../terminal.ts";
import { runTraining, trainingJson } from "./run-training.ts";
import type { Checkpoints, TrainingRun } from "./run-training.ts";
import type { TrainingChoices, TrainingWords } from "./training-options.ts";
import type { TrainingTask } from "./training-task.ts";

/** A larger checkpoint cannot come from an arena of 4 GiB. */
const maxCheckpointBytes = 2 ** 33;

/** The result in the line that ends every training. */
export function describeScores(run: TrainingRun): string {
  const { loss, accuracy } = run.scores;
  return `Loss: ${loss.toFixed(4)}${accuracy === undefined ? "" : `, Accuracy: ${accuracy.toFixed(4)}`}`;
}

function checkpointsIn(path: string, task: TrainingTask, choices: TrainingChoices): Checkpoints {
  const epochs = choices.epochs ?? task.epochs;
  const { schedule, warmupSteps, title } = task;
  const identity = { title, seed: choices.seed, epochs, schedule, warmupSteps, count: task.source.count };
  return {
    restore: async (trainer) => {
      if (!existsSync(path)) return undefined;
      return restoreCheckpoint(trainer, await readWholeFile(path, maxCheckpointBytes), path, identity);
    },
    save: (trainer, position) => writeFileAtomically(path, encodeCheckpoint(trainer, position, identity)),
  };
}

/** Trains a task as the words of the command line say, and prints or writes all that they ask for. */
export async function finishTraining(
  task: TrainingTask,
  choices: TrainingChoices,
  words: TrainingWords & { readonly json?: boolean | undefined },
  terminal: Terminal,
): Promise<void> {
  const quiet = words.json === true;
  const { checkpoint, save, report } = words;
  const run = await runTraining(task, choices, terminal, {
    quiet,
    checkpoints: checkpoint === undefined ? undefined : checkpointsIn(checkpoint, task, choices),
    use: async (trainer: Trainer) => {
      await task.finish?.(trainer);
      if (save !== undefined) await writeFileAtomically(save, encodeModel(trainer, task.metadata));
    },
  });
  if (report !== undefined) {
    const { renderTrainingReport } = await import("../report/lab/training-report.ts");
    await writeFileAtomically(report, [new TextEncoder().encode(renderTrainingReport(run, task.title))]);
  }
  if (quiet) {
    terminal.out(JSON.stringify(trainingJson(run), undefined, 2));
    return;
  }
  if (run.stopped) {
    terminal.out(
      checkpoint === undefined
        ? "stopped; with --checkpoint FILE a training can go on where it was stopped"
        : `stopped; the same command goes on from ${checkpoint}`,
    );
  }
  if (save !== undefined && !run.stopped) terminal.out(`weights: ${resolve(save)}`);
  if (report !== undefined) terminal.out(`report: ${resolve(report)}`);
  terminal.out(describeScores(run));
}

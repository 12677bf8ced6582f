import { resolve } from "node:path";
import { encodeModel, writeFileAtomically, writeLayersModel } from "../../lab/index.ts";
import type { Trainer } from "../../lab/index.ts";
import { checkReplaceableFile, checkWritableFolder } from "../check-writable.ts";
import type { Terminal } from "../terminal.ts";
import { runTraining, trainingJson } from "./run-training.ts";
import type { TrainingRun } from "../../report/text/training-run.ts";
import type { TrainingChoices, TrainingWords } from "./training-options.ts";
import type { CommandTask } from "./training-task.ts";
import { jsonText } from "../command/json-text.ts";

/** Formats the result as the last line of a training run. */
export function describeScores(run: TrainingRun): string {
  const { loss, accuracy } = run.scores;
  return `Loss: ${loss.toFixed(4)}${accuracy === undefined ? "" : `, Accuracy: ${accuracy.toFixed(4)}`}`;
}

/** Trains a task as the command line requests, and prints or writes the results. Returns the exit code. */
export async function finishTraining(
  task: CommandTask,
  choices: TrainingChoices,
  words: TrainingWords & { readonly json?: boolean | undefined },
  terminal: Terminal,
): Promise<number> {
  checkReplaceableFile(words.checkpoint);
  checkReplaceableFile(words.save);
  checkReplaceableFile(words.report);
  checkWritableFolder(words.export);
  const quiet = words.json === true;
  const { checkpoint, save, report } = words;
  const { result: run, exitCode } = await runTraining(task, choices, terminal, {
    quiet,
    checkpoint,
    use: async (trainer: Trainer) => {
      await task.finish?.(trainer);
      if (save !== undefined) await writeFileAtomically(save, encodeModel(trainer, task.metadata));
      if (words.export !== undefined) await writeLayersModel(words.export, trainer);
    },
  });
  if (report !== undefined) {
    const { renderTrainingReport } = await import("../../report/pages/training-report.ts");
    await writeFileAtomically(report, [new TextEncoder().encode(renderTrainingReport(run, task.title))]);
  }
  if (quiet) {
    terminal.out(jsonText(trainingJson(run)));
    return exitCode;
  }
  if (run.stopped) {
    terminal.out(
      checkpoint === undefined
        ? "stopped; with --checkpoint FILE a training run can continue where it stopped"
        : `stopped; the same command continues from ${checkpoint}`,
    );
  }
  if (save !== undefined && !run.stopped) terminal.out(`weights: ${resolve(save)}`);
  if (words.export !== undefined && !run.stopped) {
    terminal.out(`TensorFlow.js model: ${resolve(words.export, "model.json")}`);
  }
  if (report !== undefined) terminal.out(`report: ${resolve(report)}`);
  terminal.out(describeScores(run));
  return exitCode;
}

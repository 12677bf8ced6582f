import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  encodeCheckpoint,
  encodeModel,
  exportLayersModel,
  readWholeFile,
  restoreCheckpoint,
  writeFileAtomically,
} from "../../lab/index.ts";
import type { Trainer } from "../../lab/index.ts";
import { checkWritableFile, checkWritableFolder } from "../check-writable.ts";
import type { Terminal } from "../terminal.ts";
import { unwritable } from "../unwritable.ts";
import { runTraining, trainingJson } from "./run-training.ts";
import type { Checkpoints } from "./run-training.ts";
import type { TrainingRun } from "../../report/text/training-run.ts";
import type { TrainingChoices, TrainingWords } from "./training-options.ts";
import type { TrainingTask } from "./training-task.ts";
import { jsonText } from "../command/json-text.ts";

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

async function exportModel(folder: string, trainer: Trainer): Promise<void> {
  const { network, loss, graph } = trainer.program;
  const parameters = graph.parameters.map(({ name, shape, tensor }) => ({
    name,
    shape,
    data: trainer.viewOf(tensor),
  }));
  const files = exportLayersModel({ network, parameters, loss });
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => unwritable(folder, cause));
  await writeFileAtomically(join(folder, "weights.bin"), [files["weights.bin"]]);
  await writeFileAtomically(join(folder, "model.json"), [new TextEncoder().encode(files["model.json"])]);
}

/** Trains a task as the words of the command line say, and prints or writes all that they request. Returns the exit code. */
export async function finishTraining(
  task: TrainingTask,
  choices: TrainingChoices,
  words: TrainingWords & { readonly json?: boolean | undefined },
  terminal: Terminal,
): Promise<number> {
  checkWritableFile(words.checkpoint);
  checkWritableFile(words.save);
  checkWritableFile(words.report);
  checkWritableFolder(words.export);
  const quiet = words.json === true;
  const { checkpoint, save, report } = words;
  const { result: run, exitCode } = await runTraining(task, choices, terminal, {
    quiet,
    checkpoints: checkpoint === undefined ? undefined : checkpointsIn(checkpoint, task, choices),
    use: async (trainer: Trainer) => {
      await task.finish?.(trainer);
      if (save !== undefined) await writeFileAtomically(save, encodeModel(trainer, task.metadata));
      if (words.export !== undefined) await exportModel(words.export, trainer);
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
        ? "stopped; with --checkpoint FILE a training can go on where it was stopped"
        : `stopped; the same command goes on from ${checkpoint}`,
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

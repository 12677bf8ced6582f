import { compile, createTrainer, evaluate, planTraining, fit } from "../../lab/index.ts";
import type {
  CompileOptions,
  EpochResult,
  TrainingPlan,
  Position,
  Program,
  Scores,
  Trainer,
} from "../../lab/index.ts";
import { LoadlineError } from "../../shared/errors.ts";
import { withInterrupt } from "../interrupt.ts";
import type { Interrupted } from "../interrupt.ts";
import { describeTimeLeft, startProgress } from "../progress-bar.ts";
import type { Terminal } from "../terminal.ts";
import type { TrainingChoices } from "./training-options.ts";
import type { TrainingTask } from "./training-task.ts";
import { describeMeasures, describeProgram } from "../../report/text/describe-program.ts";
import { whole } from "../../report/text/table.ts";
import type { TrainingRun } from "../../report/text/training-run.ts";

/** Where a training is saved while it runs. */
export interface Checkpoints {
  /** Puts back what is saved; undefined when there is nothing. */
  readonly restore: (trainer: Trainer) => Promise<Position | undefined>;
  readonly save: (trainer: Trainer, position: Position) => Promise<void>;
}

/** How often a checkpoint is written besides at the end of each epoch. */
const checkpointEveryMs = 20_000;

function settingsOf(task: TrainingTask, choices: TrainingChoices): CompileOptions {
  const name = choices.compile.optimizer ?? "adam";
  const rate =
    choices.learningRate ?? (choices.compile.optimizer === undefined ? task.learningRate : undefined);
  const optimizer =
    rate === undefined || typeof name !== "string" || name === "none" ? name : { name, learningRate: rate };
  return { batch: task.batch, loss: task.loss, ...choices.compile, optimizer };
}

/** The program of a task: as it is asked for, or with the measures that bring it under the budget. */
export function prepareProgram(
  task: TrainingTask,
  choices: TrainingChoices,
): { readonly program: Program; readonly plan: TrainingPlan | undefined } {
  const settings = settingsOf(task, choices);
  if (choices.budgetBytes === undefined) return { program: compile(task.network, settings), plan: undefined };
  const { microBatch, recompute, ...open } = settings;
  if (microBatch !== undefined || recompute !== undefined) {
    throw new LoadlineError(
      "invalid-option",
      "--budget: got it together with --micro-batch or --recompute, allowed: one or the other, because the budget chooses them",
    );
  }
  const plan = planTraining(task.network, { ...open, budgetBytes: choices.budgetBytes });
  return { program: plan.program, plan };
}

/** A line about one epoch. */
export function describeEpoch(result: EpochResult, of: number): string {
  const score = (scores: Scores): string =>
    `loss ${scores.loss.toFixed(4)}${scores.accuracy === undefined ? "" : `  accuracy ${scores.accuracy.toFixed(4)}`}`;
  const validation = result.validation === undefined ? "" : `  test ${score(result.validation)}`;
  return `epoch ${String(result.epoch).padStart(String(of).length)}/${of}  ${result.seconds.toFixed(2)} s  ${score(result)}${validation}`;
}

async function runEpochs(
  task: TrainingTask,
  trainer: Trainer,
  epochs: number,
  seed: number,
  terminal: Terminal,
  quiet: boolean,
  checkpoints: Checkpoints | undefined,
): Promise<Interrupted<{ readonly epochs: readonly EpochResult[]; readonly stopped: boolean }>> {
  const start = await checkpoints?.restore(trainer);
  if (start !== undefined && !quiet) {
    terminal.out(
      `going on at epoch ${start.epoch + 1}, sample ${whole(start.done)} of ${whole(task.source.count)}`,
    );
  }
  const bar = startProgress(terminal, "training");
  const total = task.source.count * epochs;
  let saved = performance.now();
  const save = async (position: Position): Promise<void> => {
    await checkpoints?.save(trainer, position);
    saved = performance.now();
  };
  try {
    return await withInterrupt(async (signal) => {
      const result = await fit(trainer, task.source, {
        epochs,
        seed,
        schedule: task.schedule,
        warmupSteps: task.warmupSteps,
        signal,
        ...(start === undefined ? {} : { position: start }),
        ...(task.validates ? { validation: task.test } : {}),
        onPause: async (position, rate) => {
          const done = position.epoch * task.source.count + position.done;
          const note = `epoch ${position.epoch + 1}/${epochs}, ${whole(rate)} samples/s, ${describeTimeLeft((total - done) / rate)}`;
          await bar.step(done, total, note);
          if (performance.now() - saved > checkpointEveryMs) await save(position);
        },
        onEpoch: async (epoch) => {
          if (!quiet) bar.print(describeEpoch(epoch, epochs));
          await save({ epoch: epoch.epoch, done: 0, loss: 0, right: 0 });
        },
      });
      if (result.stopped) await save(result.position);
      return result;
    });
  } finally {
    bar.stop();
  }
}

/** Plans, trains and evaluates a task; prints as it goes unless it is to be quiet. The trainer is handed to `use` at the end. */
export async function runTraining(
  task: TrainingTask,
  choices: TrainingChoices,
  terminal: Terminal,
  options: {
    readonly quiet: boolean;
    readonly checkpoints?: Checkpoints | undefined;
    readonly use?: (trainer: Trainer, scores: Scores) => Promise<void>;
  },
): Promise<Interrupted<TrainingRun>> {
  const { program, plan } = prepareProgram(task, choices);
  const { quiet } = options;
  if (!quiet) {
    for (const line of task.before) terminal.out(line);
    if (plan !== undefined) terminal.out(`${describeMeasures(plan)}\n`);
    terminal.out(`${describeProgram(program)}\n`);
  }
  const trainer = createTrainer(program, { seed: choices.seed });
  try {
    const epochs = choices.epochs ?? task.epochs;
    const { result, exitCode } = await runEpochs(
      task,
      trainer,
      epochs,
      choices.seed,
      terminal,
      quiet,
      options.checkpoints,
    );
    const scores = evaluate(trainer, task.test);
    const peakBytes = trainer.usedBytes();
    if (!result.stopped) await options.use?.(trainer, scores);
    if (!quiet && !result.stopped) for (const line of task.after(trainer, scores)) terminal.out(line);
    const run = { program, plan, epochs: result.epochs, scores, peakBytes, stopped: result.stopped };
    // A signal that came after the last step stopped nothing.
    return { result: run, exitCode: result.stopped ? exitCode : 0 };
  } finally {
    await trainer.close();
  }
}

/** A run as JSON. */
export function trainingJson(run: TrainingRun): object {
  const { program, scores, plan } = run;
  return {
    loss: scores.loss,
    accuracy: scores.accuracy,
    epochs: run.epochs.map(({ seconds, loss, accuracy, validation }) => ({
      seconds,
      loss,
      accuracy,
      validation,
    })),
    stopped: run.stopped,
    plannedBytes: program.peakBytes,
    peakBytes: run.peakBytes,
    bytesFixed: program.bytesFixed,
    bytesPerSample: program.bytesPerSample,
    parameters: program.parameterCount,
    batch: program.batch,
    microBatch: program.microBatch,
    threads: program.threads,
    optimizer: program.optimizer,
    ledger: program.ledger,
    measures: plan?.measures,
    network: program.network,
  };
}

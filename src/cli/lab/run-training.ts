import { createTrainer, evaluate, fitTask, prepareTask } from "../../lab/index.ts";
import type { EpochResult, FitResult, Scores, Trainer } from "../../lab/index.ts";
import { describeMeasures, describeProgram } from "../../report/text/describe-program.ts";
import { fitLines, formatInteger } from "../../report/text/format-table.ts";
import type { TrainingRun } from "../../report/text/training-run.ts";
import { showOnOneLine } from "../../report/text/visible-text.ts";
import { withInterrupt } from "../interrupt.ts";
import type { Interrupted } from "../interrupt.ts";
import { describeTimeLeft, startProgress } from "../progress-bar.ts";
import type { Terminal } from "../terminal.ts";
import type { TrainingChoices } from "./training-options.ts";
import type { CommandTask } from "./training-task.ts";

/** Formats one epoch as a line. */
export function describeEpoch(result: EpochResult, of: number): string {
  const score = (scores: Scores): string =>
    `loss ${scores.loss.toFixed(4)}${scores.accuracy === undefined ? "" : `  accuracy ${scores.accuracy.toFixed(4)}`}`;
  const validation = result.validation === undefined ? "" : `  test ${score(result.validation)}`;
  return `epoch ${String(result.epoch).padStart(String(of).length)}/${of}  ${result.seconds.toFixed(2)} s  ${score(result)}${validation}`;
}

/** What a run prints, and where it saves checkpoints. */
interface RunOptions {
  readonly quiet: boolean;
  readonly checkpoint?: string | undefined;
  /** Called with the trainer at the end of a run that was not stopped. */
  readonly use?: (trainer: Trainer) => Promise<void>;
}

async function runEpochs(
  trainer: Trainer,
  task: CommandTask,
  choices: TrainingChoices,
  { terminal, quiet, checkpoint }: RunOptions & { readonly terminal: Terminal },
): Promise<Interrupted<FitResult>> {
  const epochs = choices.epochs ?? task.epochs;
  const bar = startProgress(terminal, "training");
  const { count } = task.source;
  const total = count * epochs;
  try {
    return await withInterrupt(async (signal) =>
      fitTask(trainer, task, {
        epochs,
        seed: choices.seed,
        checkpoint,
        signal,
        onResume: ({ epoch, done }) => {
          if (quiet) return;
          bar.print(
            `continuing at epoch ${epoch + 1}, sample ${formatInteger(done)} of ${formatInteger(count)}`,
          );
        },
        onPause: async (position, rate) => {
          const done = position.epoch * count + position.done;
          const note = `epoch ${position.epoch + 1}/${epochs}, ${formatInteger(rate)} samples/s, ${describeTimeLeft((total - done) / rate)}`;
          await bar.step(done, total, note);
        },
        onEpoch: (epoch) => {
          if (!quiet) bar.print(describeEpoch(epoch, epochs));
        },
      }),
    );
  } finally {
    bar.stop();
  }
}

/** Plans, trains and evaluates a task; prints progress unless `quiet` is set. Passes the trainer to `use` at the end. */
export async function runTraining(
  task: CommandTask,
  choices: TrainingChoices,
  terminal: Terminal,
  options: RunOptions,
): Promise<Interrupted<TrainingRun>> {
  const { program, plan } = prepareTask(task, choices);
  const { quiet } = options;
  const say = (line: string): void => terminal.out(fitLines(line, terminal));
  if (!quiet) {
    for (const line of task.before ?? []) say(showOnOneLine(line));
    if (plan !== undefined) say(`${describeMeasures(plan, terminal)}\n`);
    say(`${describeProgram(program, terminal)}\n`);
  }
  const trainer = createTrainer(program, { seed: choices.seed });
  try {
    const { result, exitCode } = await runEpochs(trainer, task, choices, { ...options, terminal });
    const scores = evaluate(trainer, task.test);
    const peakBytes = trainer.measureUsedBytes();
    if (!result.stopped) await options.use?.(trainer);
    if (!quiet && !result.stopped) for (const line of task.after?.(scores) ?? []) say(line);
    const run = { program, plan, epochs: result.epochs, scores, peakBytes, stopped: result.stopped };
    // A signal after the last step did not stop anything.
    return { result: run, exitCode: result.stopped ? exitCode : 0 };
  } finally {
    await trainer.close();
  }
}

/** Returns a run as JSON. */
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

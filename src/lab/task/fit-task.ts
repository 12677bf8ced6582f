import { existsSync } from "node:fs";
import { readWholeFile } from "../save/read-file.ts";
import { writeFileAtomically } from "../save/write-file.ts";
import { encodeCheckpoint, restoreCheckpoint } from "../train/checkpoint.ts";
import type { FitOptions, FitResult, Position } from "../train/fit.ts";
import { fit } from "../train/fit.ts";
import type { Trainer } from "../train/trainer.ts";
import type { TrainingTask } from "./training-task.ts";

export interface FitTaskOptions extends Pick<FitOptions, "onPause" | "onEpoch" | "signal"> {
  /** Default: the task's own. */
  readonly epochs?: number | undefined;
  /** Default 1. */
  readonly seed?: number;
  /**
   * File to resume from if it exists, and to save to: after each epoch, every 20 seconds within one, and when the signal stops
   * the run.
   */
  readonly checkpoint?: string | undefined;
  /** Called before the first step of a run that resumes. */
  readonly onResume?: (position: Position) => void;
}

/** A larger checkpoint cannot come from an arena of 4 GiB. */
const maxCheckpointBytes = 2 ** 33;
/** Within an epoch a checkpoint is saved this often. */
const checkpointEveryMs = 20_000;

interface CheckpointFile {
  /** Restores what is saved and returns its position; undefined if the file does not exist. */
  readonly restore: () => Promise<Position | undefined>;
  readonly save: (position: Position) => Promise<void>;
  readonly isDue: () => boolean;
}

const noFile: CheckpointFile = {
  restore: async () => Promise.resolve(undefined),
  save: async () => Promise.resolve(),
  isDue: () => false,
};

function checkpointFile(
  path: string,
  trainer: Trainer,
  identity: Readonly<Record<string, unknown>>,
): CheckpointFile {
  let savedAt = performance.now();
  return {
    restore: async () => {
      if (!existsSync(path)) return undefined;
      return restoreCheckpoint(trainer, await readWholeFile(path, maxCheckpointBytes), path, identity);
    },
    save: async (position) => {
      await writeFileAtomically(path, encodeCheckpoint(trainer, position, identity));
      savedAt = performance.now();
    },
    isDue: () => performance.now() - savedAt > checkpointEveryMs,
  };
}

/**
 * Trains a task to its end or until the signal stops it, and saves checkpoints if a file is named. A run that resumes ends
 * with the same bits as one that was never stopped.
 * Errors: `invalid-option`; `invalid-data` for a damaged checkpoint or one of another run; `file-unreadable`; `file-unwritable`.
 */
export async function fitTask(
  trainer: Trainer,
  task: TrainingTask,
  options: FitTaskOptions = {},
): Promise<FitResult> {
  const { seed = 1, onPause, onEpoch, signal } = options;
  const epochs = options.epochs ?? task.epochs;
  const { title, schedule, warmupSteps, source } = task;
  const identity = { title, seed, epochs, schedule, warmupSteps, count: source.count };
  const file =
    options.checkpoint === undefined ? noFile : checkpointFile(options.checkpoint, trainer, identity);
  const start = await file.restore();
  if (start !== undefined) options.onResume?.(start);
  const result = await fit(trainer, source, {
    epochs,
    seed,
    schedule,
    warmupSteps,
    ...(signal === undefined ? {} : { signal }),
    ...(start === undefined ? {} : { position: start }),
    ...(task.validates ? { validation: task.test } : {}),
    onPause: async (position, rate) => {
      await onPause?.(position, rate);
      if (file.isDue()) await file.save(position);
    },
    onEpoch: async (epoch) => {
      await onEpoch?.(epoch);
      await file.save({ epoch: epoch.epoch, done: 0, loss: 0, right: 0 });
    },
  });
  if (result.stopped) await file.save(result.position);
  return result;
}

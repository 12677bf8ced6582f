import { resolve } from "node:path";
import { defineCommand } from "../command/define-command.ts";
import {
  dense,
  denoisingSource,
  drawPictures,
  encodePng,
  loadMnist,
  mnistClasses,
  network,
  noiseFeatures,
  tileImages,
  writeFileAtomically,
} from "../../lab/index.ts";
import type { Trainer } from "../../lab/index.ts";
import type { Command } from "../command/define-command.ts";
import { finishTraining } from "../lab/finish-training.ts";
import { readTrainingChoices, trainingArguments } from "../lab/training-options.ts";
import type { TrainingTask } from "../lab/training-task.ts";
import { readWhole } from "../read-numbers.ts";
import type { Terminal } from "../terminal.ts";

const generatorArguments = {
  output: { type: "string", description: "the sheet of digits (default: digits.png)", valueHint: "OUT.png" },
  width: { type: "string", description: "width of the hidden layers (default: 512)", valueHint: "N" },
  data: { type: "string", description: "a folder with the four IDX files", valueHint: "FOLDER" },
  ...trainingArguments,
} as const;

const side = 28;
/** Digits in a row and in a column of the sheet: each column one digit. */
const sheetSide = 10;

/** A sheet of digits drawn by a trained network, each column another one. */
async function writeSheet(trainer: Trainer, path: string, seed: number): Promise<void> {
  const labels = Array.from({ length: sheetSide * sheetSide }, (_, index) => index % mnistClasses);
  const pictures = drawPictures(trainer, labels, { classes: mnistClasses, seed });
  const sheet = tileImages(pictures, { width: side, height: side, columns: sheetSide, gap: 4 });
  await writeFileAtomically(path, [encodePng(sheet)]);
}

/** `loadline train mnist-generator`: a small network that draws digits. */
export function trainGeneratorCommand(terminal: Terminal): Command {
  return defineCommand({
    description: "Train a small network that draws digits, and draw a sheet of them",
    examples: [],
    args: generatorArguments,
    run: async (args) => {
      const choices = readTrainingChoices(args);
      const width = readWhole("width", args.width ?? "512", 1);
      const { train, test } = await loadMnist({ folder: args.data });
      const output = args.output ?? "digits.png";
      const task: TrainingTask = {
        title: "A network that draws digits",
        network: network({ shape: [side * side + noiseFeatures + mnistClasses] }, [
          dense(width, { activation: "relu" }),
          dense(width, { activation: "relu" }),
          dense(width, { activation: "relu" }),
          dense(side * side),
        ]),
        loss: "meanSquaredError",
        source: denoisingSource(train, mnistClasses, choices.seed),
        test: denoisingSource(test, mnistClasses, choices.seed + 1),
        validates: false,
        batch: 128,
        epochs: 15,
        learningRate: 0.001,
        schedule: "linear",
        warmupSteps: 0,
        metadata: { classes: String(mnistClasses) },
        before: [],
        after: () => [`sheet: ${resolve(output)}`],
        finish: (trainer) => writeSheet(trainer, output, choices.seed),
      };
      return await finishTraining(task, choices, args, terminal);
    },
  });
}

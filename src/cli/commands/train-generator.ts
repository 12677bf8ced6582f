import { resolve } from "node:path";
import { defineCommand } from "../command/define-command.ts";
import { drawDigitSheet, drawingTask, loadMnist, writeFileAtomically } from "../../lab/index.ts";
import type { Trainer } from "../../lab/index.ts";
import type { Command } from "../command/define-command.ts";
import { finishTraining } from "../lab/finish-training.ts";
import { readTrainingChoices, trainingArguments } from "../lab/training-options.ts";
import { readWhole } from "../read-numbers.ts";
import type { Terminal } from "../terminal.ts";
import { digitFolder } from "../command/shared-arguments.ts";

const generatorArguments = {
  output: { type: "string", description: "the sheet of digits (default: digits.png)", valueHint: "OUT.png" },
  width: { type: "string", description: "width of the hidden layers (default: 512)", valueHint: "N" },
  data: digitFolder,
  ...trainingArguments,
} as const;

/** `loadline train mnist-generator`: a small network that draws digits. */
export function trainGeneratorCommand(terminal: Terminal): Command {
  return defineCommand({
    description: "Train a small network that draws digits, and draw a sheet of them",
    examples: ["train mnist-generator --output digits.png"],
    args: generatorArguments,
    run: async (args) => {
      const choices = readTrainingChoices(args);
      const width = readWhole("width", args.width ?? "512", 1);
      const output = args.output ?? "digits.png";
      const { seed } = choices;
      const task = {
        ...drawingTask(await loadMnist({ folder: args.data }), { width, seed }),
        finish: (trainer: Trainer) => writeFileAtomically(output, [drawDigitSheet(trainer, seed)]),
        after: () => [`sheet: ${resolve(output)}`],
      };
      return await finishTraining(task, choices, args, terminal);
    },
  });
}

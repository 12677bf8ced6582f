import { defineCommand } from "../command/define-command.ts";
import { digitTask, loadMnist } from "../../lab/index.ts";
import type { Command } from "../command/define-command.ts";
import { readNetworkFile } from "../lab/read-network.ts";
import { finishTraining } from "../lab/finish-training.ts";
import { readLossName, readTrainingChoices, trainingArguments } from "../lab/training-options.ts";
import { readWholes } from "../read-numbers.ts";
import type { Terminal } from "../terminal.ts";
import { digitFolder } from "../command/shared-arguments.ts";

const mnistArguments = {
  layers: {
    type: "string",
    description: "widths of the hidden layers (default: 128,64); 0 for none",
    valueHint: "N,N",
  },
  network: {
    type: "string",
    description: "a network in a JSON file, instead of --layers",
    valueHint: "FILE",
  },
  loss: {
    type: "string",
    description: "sparse_categorical_crossentropy (default), mean_squared_error or binary_crossentropy",
    valueHint: "NAME",
  },
  data: digitFolder,
  ...trainingArguments,
} as const;

/** `loadline train mnist`: handwritten digits, the introductory example. */
export function trainMnistCommand(terminal: Terminal): Command {
  return defineCommand({
    description: "Train a classifier of handwritten digits, the introductory example",
    examples: ["train mnist", "train mnist --layers 64,32 --budget 1MiB --checkpoint run.safetensors"],
    args: mnistArguments,
    run: async (args) => {
      const choices = readTrainingChoices(args);
      const options = {
        loss: readLossName(args.loss ?? "sparse_categorical_crossentropy"),
        widths: args.layers === "0" ? [] : readWholes("layers", args.layers ?? "128,64", 1),
        network: args.network === undefined ? undefined : await readNetworkFile(args.network),
      };
      const task = digitTask(await loadMnist({ folder: args.data }), options);
      return await finishTraining(task, choices, args, terminal);
    },
  });
}

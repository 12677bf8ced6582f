import { defineCommand } from "citty";
import { planTraining } from "../../lab/index.ts";
import type { AnyCommand } from "../any-command.ts";
import { readNetworkFile } from "../lab/read-network.ts";
import { readLossName, readOptimizerName } from "../lab/training-options.ts";
import { readByteCount, readWhole } from "../read-numbers.ts";
import type { Terminal } from "../terminal.ts";
import { describeMeasures, describeProgram } from "../../report/text/describe-program.ts";

const fitArguments = {
  network: {
    type: "positional",
    required: true,
    description:
      'a network as JSON: { "input": { "shape": [28, 28] }, "layers": [{ "type": "flatten" }, …] }',
    valueHint: "NETWORK.json",
  },
  budget: {
    type: "string",
    required: true,
    description: "bytes the training may use, such as 1MiB",
    valueHint: "BYTES",
  },
  batch: { type: "string", description: "samples of one update (default: 32)", valueHint: "N" },
  optimizer: {
    type: "string",
    description: "sgd, momentum, adam, adamw, lion or adafactor (default: adam)",
    valueHint: "NAME",
  },
  loss: {
    type: "string",
    description: "sparse_categorical_crossentropy (default), mean_squared_error or binary_crossentropy",
    valueHint: "NAME",
  },
  threads: { type: "string", description: "threads to work on (default: one a core)", valueHint: "N" },
  json: { type: "boolean", description: "print JSON" },
} as const;

/** `loadline fit NETWORK.json --budget 1MiB`: the measures that bring a training under a budget. */
export function fitCommand(terminal: Terminal): AnyCommand {
  const command = defineCommand({
    meta: { name: "fit", description: "Find the measures that bring a network's training under a budget" },
    args: fitArguments,
    run: async ({ args }) => {
      const budgetBytes = readByteCount("budget", args.budget);
      const network = await readNetworkFile(args.network);
      const plan = planTraining(network, {
        budgetBytes,
        ...(args.batch === undefined ? {} : { batch: readWhole("batch", args.batch, 1) }),
        ...(args.optimizer === undefined ? {} : { optimizer: readOptimizerName(args.optimizer) }),
        ...(args.loss === undefined ? {} : { loss: readLossName(args.loss) }),
        ...(args.threads === undefined ? {} : { threads: readWhole("threads", args.threads, 1) }),
      });
      if (args.json === true) {
        const { program, measures, plainBytes } = plan;
        const { peakBytes, bytesFixed, bytesPerSample, microBatch, ledger } = program;
        terminal.out(
          JSON.stringify(
            {
              budgetBytes,
              plainBytes,
              peakBytes,
              bytesFixed,
              bytesPerSample,
              batch: program.batch,
              microBatch,
              updates: program.updates,
              keptLayers: program.keptLayers,
              optimizer: program.optimizer,
              measures,
              network: program.network,
              ledger,
            },
            undefined,
            2,
          ),
        );
        return;
      }
      terminal.out(describeMeasures(plan));
      terminal.out("");
      terminal.out(describeProgram(plan.program));
    },
  });
  return command as unknown as AnyCommand;
}

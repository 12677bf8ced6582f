import type { ArgumentTable } from "../command/define-command.ts";
import { planTraining } from "../../lab/index.ts";
import type { Network, TrainingPlan } from "../../lab/index.ts";
import { describeMeasures, describeProgram } from "../../report/text/describe-program.ts";
import { fitLines } from "../../report/text/format-table.ts";
import { LoadlineError } from "../../shared/errors.ts";
import { readByteCount, readWhole } from "../read-numbers.ts";
import type { Terminal } from "../terminal.ts";
import { readLossName, readOptimizerName } from "./training-options.ts";
import { jsonText } from "../command/json-text.ts";

/** Options of `loadline plan` that only a network has. */
export const networkArguments: ArgumentTable = {
  loss: {
    type: "string",
    description:
      "network: sparse_categorical_crossentropy (default), mean_squared_error or binary_crossentropy",
    valueHint: "NAME",
  },
  threads: { type: "string", description: "network: threads (default: one per core)", valueHint: "N" },
};

/** Options that a network shares with a model. */
const shared = ["model", "memory", "batch", "optimizer", "json"];

type Given = Readonly<Record<string, unknown>>;

const isGiven = (given: Given, name: string): boolean => given[name] !== undefined && given[name] !== false;

function refuse(name: string, message: string): never {
  throw new LoadlineError("invalid-option", `--${name} ${message}`, { details: { option: `--${name}` } });
}

/** Refuses a network's options where a model is planned. Errors: `invalid-option`. */
export function refuseNetworkOptions(given: Given): void {
  const name = Object.keys(networkArguments).find((each) => isGiven(given, each));
  if (name !== undefined) refuse(name, "is only supported for a network of the lab (NETWORK.json)");
}

function refuseModelOptions(given: Given, modelOptions: ArgumentTable): void {
  const own = new Set([...shared, ...Object.keys(networkArguments)]);
  const name = Object.keys(modelOptions).find((each) => !own.has(each) && isGiven(given, each));
  if (name !== undefined) refuse(name, "is not supported for a network of the lab, only for a model");
}

function planJson(plan: TrainingPlan): object {
  const { budgetBytes, plainBytes, program, measures } = plan;
  const { peakBytes, bytesFixed, bytesPerSample, batch, microBatch, updates, keptLayers } = program;
  return {
    budgetBytes,
    plainBytes,
    peakBytes,
    bytesFixed,
    bytesPerSample,
    batch,
    microBatch,
    updates,
    keptLayers,
    optimizer: program.optimizer,
    measures,
    network: program.network,
    ledger: program.ledger,
  };
}

function textOf(given: Given, name: string): string | undefined {
  const value = given[name];
  return typeof value === "string" ? value : undefined;
}

/**
 * Plans the training of a network under `--memory` and prints the measures and the ledger.
 * Errors: `invalid-option`; `budget-too-small`.
 */
export function planNetwork(
  network: Network,
  given: Given,
  modelOptions: ArgumentTable,
  terminal: Terminal,
): void {
  refuseModelOptions(given, modelOptions);
  const memory = textOf(given, "memory");
  if (memory === undefined) refuse("memory", "is required to plan a network's training: try --memory 1MiB");
  const [batch, optimizer, loss, threads] = ["batch", "optimizer", "loss", "threads"].map((name) =>
    textOf(given, name),
  );
  const plan = planTraining(network, {
    budgetBytes: readByteCount("memory", memory),
    ...(batch === undefined ? {} : { batch: readWhole("batch", batch, 1) }),
    ...(optimizer === undefined ? {} : { optimizer: readOptimizerName(optimizer) }),
    ...(loss === undefined ? {} : { loss: readLossName(loss) }),
    ...(threads === undefined ? {} : { threads: readWhole("threads", threads, 1) }),
  });
  terminal.out(
    given["json"] === true
      ? jsonText(planJson(plan))
      : fitLines(
          `${describeMeasures(plan, terminal)}\n\n${describeProgram(plan.program, terminal)}`,
          terminal,
        ),
  );
}

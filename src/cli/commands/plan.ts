import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { defineCommand } from "../command/define-command.ts";
import type { ArgumentTable } from "../command/define-command.ts";
import { planModel } from "../../model/index.ts";
import { LoadlineError } from "../../shared/errors.ts";
import type { Command } from "../command/define-command.ts";
import { networkArguments, planNetwork, refuseNetworkOptions } from "../lab/plan-network.ts";
import { readNetworkIfAny } from "../lab/read-network.ts";
import { planArguments, readPlanOptions } from "../model/plan-arguments.ts";
import { modelArguments, textOf } from "../model/size-arguments.ts";
import { readLocation } from "../model/read-location.ts";
import { inTypedNames } from "../model/typed-names.ts";
import { trainingFlags } from "../model/training-flags.ts";
import { readWhole } from "../read-numbers.ts";
import { checkWritableFile } from "../check-writable.ts";
import type { Terminal } from "../terminal.ts";
import { unwritable } from "../unwritable.ts";
import { describeLimits, describePlans, plansJson } from "../../report/text/describe-plan.ts";
import { jsonText } from "../command/json-text.ts";

// Sharding and offload are outputs of the planner, so they are not accepted as options
const found: ReadonlySet<string> = new Set([
  "sharding",
  "ranks",
  "reshard",
  "bucket",
  "offload-optimizer",
  "offload-parameters",
]);
const inUse: ArgumentTable = Object.fromEntries(
  Object.entries(trainingFlags).filter(([name]) => !found.has(name)),
);
const modelOptions: ArgumentTable = { ...modelArguments, ...inUse, ...planArguments };
const allArguments: ArgumentTable = { ...modelOptions, ...networkArguments };

/**
 * `loadline plan MODEL --memory 24GiB`: the measures that bring a model under a budget, with the engine's settings.
 * `loadline plan NETWORK.json --memory 1MiB`: those that bring the training of a network of the lab under one.
 */
export function planCommand(terminal: Terminal): Command {
  return defineCommand({
    description:
      "Find the settings with which a model serves a workload, or a network of the lab trains, under a budget.",
    examples: [
      "plan hf:Qwen/Qwen3-8B --memory 24GiB --workload chat",
      "plan hf:Qwen/Qwen3-8B --device h100 --gpus 2 --engine vllm",
      "plan hf:Qwen/Qwen3-8B --memory 24GiB --train",
      "plan network.json --memory 1MiB",
    ],
    args: allArguments,
    run: async (args) => {
      checkWritableFile(textOf(args, "report"));
      const location = await readLocation(String(args["model"]), terminal);
      const network = await readNetworkIfAny(location);
      if (network !== undefined) {
        planNetwork(network, args, modelOptions, terminal);
        return;
      }
      refuseNetworkOptions(args);
      const options = readPlanOptions(args);
      const result = await inTypedNames(args, () => planModel(location, options));
      const count = readWhole("plans", textOf(args, "plans") ?? "5", 1);
      const show = readWhole("show", textOf(args, "show") ?? "1", 1);
      if (show > Math.max(1, result.plans.length)) {
        throw new LoadlineError(
          "invalid-option",
          `--show: got ${show}, allowed: 1 to ${result.plans.length}, one of the plans found`,
          { details: { option: "--show" } },
        );
      }
      const report = textOf(args, "report");
      if (report !== undefined) {
        const { renderPlanReport } = await import("../../report/pages/plan-report.ts");
        const page = renderPlanReport(result, count);
        await writeFile(report, page).catch((cause: unknown) => unwritable(report, cause));
      }
      terminal.out(
        args["json"] === true ? jsonText(plansJson(result)) : describePlans(result, count, show, terminal),
      );
      if (args["json"] !== true) terminal.out(`\n${describeLimits(result, terminal)}`);
      if (report !== undefined && args["json"] !== true) terminal.out(`\nreport: ${resolve(report)}`);
    },
  });
}

import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { defineCommand } from "../command/define-command.ts";
import type { ArgumentTable } from "../command/define-command.ts";
import type { Command } from "../command/define-command.ts";
import { modelArguments, servingArguments, textOf, vllmArguments } from "../model/size-arguments.ts";
import { trainingFlags } from "../model/training-flags.ts";
import { readLocation } from "../model/read-location.ts";
import { refuseUnread } from "../model/refuse-unread.ts";
import { inTypedNames } from "../model/typed-names.ts";
import { readSizeOptions } from "../model/engine-options.ts";
import { sizeModel } from "../../model/index.ts";
import { checkWritableFile } from "../check-writable.ts";
import type { Terminal } from "../terminal.ts";
import { unwritable } from "../unwritable.ts";
import { describeModelSize, modelSizeJson } from "../../report/text/describe-model-size.ts";
import { jsonText } from "../command/json-text.ts";

const sizeArguments: ArgumentTable = {
  ...modelArguments,
  explain: { type: "boolean", description: "print the formula and inputs of each item" },
  ...servingArguments,
  ...vllmArguments,
  ...trainingFlags,
};

/** `loadline size MODEL`: every byte a model will hold, before it runs. */
export function sizeCommand(terminal: Terminal): Command {
  return defineCommand({
    description: "Show every byte that a model will hold, from its header alone.",
    examples: [
      "size hf:Qwen/Qwen3-8B-GGUF --context 32k --kv-type q8_0 -ngl all --device rtx4090",
      "size hf:Qwen/Qwen3-8B --engine vllm -tp 2 --device h100",
      "size hf:Qwen/Qwen3-8B --train --batch 4 --sequence 4096 --adapter lora",
      "size model.json --batch 32",
    ],
    args: sizeArguments,
    run: async (args) => {
      checkWritableFile(textOf(args, "report"));
      const options = readSizeOptions(args);
      const location = await readLocation(String(args["model"]), terminal);
      const size = await inTypedNames(args, () => sizeModel(location, options));
      refuseUnread(args, size.engine);
      const report = textOf(args, "report");
      if (report !== undefined) {
        const { renderSizeReport } = await import("../../report/pages/size-report.ts");
        await writeFile(report, renderSizeReport(size)).catch((cause: unknown) => unwritable(report, cause));
      }
      terminal.out(
        args["json"] === true
          ? jsonText(modelSizeJson(size))
          : describeModelSize(size, args["explain"] === true, terminal),
      );
      if (report !== undefined && args["json"] !== true) terminal.out(`\nreport: ${resolve(report)}`);
    },
  });
}

import { defineCommand } from "citty";
import type { ArgsDef } from "citty";
import type { AnyCommand } from "../any-command.ts";
import { describeSized, sizedJson } from "../model/describe-sized.ts";
import { modelArguments, servingArguments, vllmArguments } from "../model/size-arguments.ts";
import { trainingArguments } from "../model/training-arguments.ts";
import { sizeModel } from "../model/size-model.ts";
import type { Terminal } from "../terminal.ts";

const sizeArguments: ArgsDef = {
  ...modelArguments,
  explain: { type: "boolean", description: "print the formula and inputs of each line" },
  ...servingArguments,
  ...vllmArguments,
  ...trainingArguments,
};

/** `loadline size MODEL`: every byte a model will hold, before it runs. */
export function sizeCommand(terminal: Terminal): AnyCommand {
  const command = defineCommand({
    meta: { name: "size", description: "Show every byte a model will hold, from its header alone" },
    args: sizeArguments,
    run: async ({ args }) => {
      const sized = await sizeModel(String(args["model"]), args);
      terminal.out(
        args["json"] === true
          ? JSON.stringify(sizedJson(sized), undefined, 2)
          : describeSized(sized, args["explain"] === true),
      );
    },
  });
  return command as unknown as AnyCommand;
}

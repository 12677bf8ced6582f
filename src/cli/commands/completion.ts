import { LoadlineError } from "../../shared/errors.ts";
import { describeValue } from "../../shared/options.ts";
import { completionScript, shells } from "../command/completion-script.ts";
import { defineCommand } from "../command/define-command.ts";
import type { Command } from "../command/define-command.ts";
import type { Terminal } from "../terminal.ts";

/** What the script needs of a row of the command table. */
interface CompletedEntry {
  readonly summary: string;
  readonly load: (terminal: Terminal) => Promise<Command>;
}

/** `loadline completion SHELL`: a script that completes commands and options. */
export function completionCommand(
  terminal: Terminal,
  commandTable: Readonly<Record<string, CompletedEntry>>,
): Command {
  return defineCommand({
    description: "Print a script that completes commands and options in your shell.",
    args: {
      shell: { type: "positional", required: true, description: shells.join(", "), valueHint: "SHELL" },
    },
    examples: [
      "completion bash > ~/.local/share/bash-completion/completions/loadline",
      "completion zsh > ~/.zfunc/_loadline",
      "completion fish > ~/.config/fish/completions/loadline.fish",
    ],
    run: async (args) => {
      const shell = shells.find((each) => each === args.shell);
      if (shell === undefined) {
        throw new LoadlineError(
          "invalid-option",
          `SHELL: got ${describeValue(args.shell)}, allowed: ${shells.join(", ")}`,
          { details: { option: "SHELL" } },
        );
      }
      const commands = await Promise.all(
        Object.entries(commandTable).map(async ([name, { summary, load }]) => ({
          name,
          summary,
          arguments: (await load(terminal)).arguments,
        })),
      );
      terminal.out(completionScript(shell, commands));
    },
  });
}

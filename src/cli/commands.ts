import type { AnyCommand } from "./any-command.ts";
import type { Terminal } from "./terminal.ts";

/** Loads a command when it is asked for: what the others need is not read then, and takes no memory. */
type CommandLoader = (terminal: Terminal) => Promise<AnyCommand>;

/** Commands under one name. */
export interface CommandGroup {
  readonly description: string;
  readonly commands: Readonly<Record<string, CommandLoader>>;
}

/** The commands of one word. */
export const singleCommands: Readonly<Record<string, CommandLoader>> = {
  inspect: async (terminal) => (await import("./commands/inspect.ts")).inspectCommand(terminal),
  replay: async (terminal) => (await import("./commands/replay.ts")).replayCommand(terminal),
  recall: async (terminal) => (await import("./commands/recall.ts")).recallCommand(terminal),
  generate: async (terminal) => (await import("./commands/generate.ts")).generateCommand(terminal),
  size: async (terminal) => (await import("./commands/size.ts")).sizeCommand(terminal),
  plan: async (terminal) => (await import("./commands/plan.ts")).planCommand(terminal),
};

/** Commands that are gone, with what to type in their place. */
export const replacedCommands: Readonly<Record<string, string>> = {
  fit: "loadline plan NETWORK.json --memory BYTES",
};

/** The commands of two words. */
export const commandGroups: Readonly<Record<string, CommandGroup>> = {
  train: {
    description: "Train a network whose memory is planned to the byte",
    commands: {
      mnist: async (terminal) => (await import("./commands/train-mnist.ts")).trainMnistCommand(terminal),
      text: async (terminal) => (await import("./commands/train-text.ts")).trainTextCommand(terminal),
      spam: async (terminal) => (await import("./commands/train-text.ts")).trainSpamCommand(terminal),
      lm: async (terminal) => (await import("./commands/train-lm.ts")).trainLmCommand(terminal),
      "mnist-generator": async (terminal) =>
        (await import("./commands/train-generator.ts")).trainGeneratorCommand(terminal),
    },
  },
  sweep: {
    description: "Train many networks and see what each thing costs",
    commands: {
      mnist: async (terminal) => (await import("./commands/sweep-mnist.ts")).sweepMnistCommand(terminal),
    },
  },
};

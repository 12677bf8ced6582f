import type { Command } from "./command/define-command.ts";
import type { Terminal } from "./terminal.ts";

/** A command in the table: what the general help needs. The rest is loaded only when the command runs. */
export interface CommandEntry {
  readonly summary: string;
  /** Heading of the general help that lists it. */
  readonly group: string;
  readonly load: (terminal: Terminal) => Promise<Command>;
}

const windowGroup = "Conversations (tokens):";
const modelGroup = "Models (bytes):";
const labGroup = "Networks (bytes, trained here):";

/** Every command by the words that are typed. */
export const commandTable: Readonly<Record<string, CommandEntry>> = {
  inspect: {
    summary: "show what fills a conversation",
    group: windowGroup,
    load: async (terminal) => (await import("./commands/inspect.ts")).inspectCommand(terminal),
  },
  replay: {
    summary: "replay a conversation call by call under a budget",
    group: windowGroup,
    load: async (terminal) => (await import("./commands/replay.ts")).replayCommand(terminal),
  },
  recall: {
    summary: "show what recall brings back for a question",
    group: windowGroup,
    load: async (terminal) => (await import("./commands/recall.ts")).recallCommand(terminal),
  },
  size: {
    summary: "show every byte a model will hold",
    group: modelGroup,
    load: async (terminal) => (await import("./commands/size.ts")).sizeCommand(terminal),
  },
  plan: {
    summary: "find the settings with which a model or network fits a budget",
    group: modelGroup,
    load: async (terminal) => (await import("./commands/plan.ts")).planCommand(terminal),
  },
  devices: {
    summary: "list the devices that --device knows",
    group: modelGroup,
    load: async (terminal) => (await import("./commands/devices.ts")).devicesCommand(terminal),
  },
  "train mnist": {
    summary: "train a classifier of handwritten digits, the introductory example",
    group: labGroup,
    load: async (terminal) => (await import("./commands/train-mnist.ts")).trainMnistCommand(terminal),
  },
  "train text": {
    summary: "train a classifier of texts",
    group: labGroup,
    load: async (terminal) => (await import("./commands/train-text.ts")).trainTextCommand(terminal),
  },
  "train spam": {
    summary: "train a spam filter",
    group: labGroup,
    load: async (terminal) => (await import("./commands/train-text.ts")).trainSpamCommand(terminal),
  },
  "train lm": {
    summary: "train a small language model on a text",
    group: labGroup,
    load: async (terminal) => (await import("./commands/train-lm.ts")).trainLmCommand(terminal),
  },
  "train mnist-generator": {
    summary: "train a small network that draws digits",
    group: labGroup,
    load: async (terminal) => (await import("./commands/train-generator.ts")).trainGeneratorCommand(terminal),
  },
  generate: {
    summary: "continue a text with a trained language model",
    group: labGroup,
    load: async (terminal) => (await import("./commands/generate.ts")).generateCommand(terminal),
  },
  "sweep mnist": {
    summary: "measure what depth and batch do to memory, time and accuracy",
    group: labGroup,
    load: async (terminal) => (await import("./commands/sweep-mnist.ts")).sweepMnistCommand(terminal),
  },
  completion: {
    summary: "print a completion script for bash, zsh or fish",
    group: "Shell:",
    load: async (terminal) =>
      (await import("./commands/completion.ts")).completionCommand(terminal, commandTable),
  },
};

/** Summaries of the first words of two-word commands. */
export const groupSummaries: Readonly<Record<string, string>> = {
  train: "train a network whose memory is planned to the byte",
  sweep: "train many networks and measure what each setting costs",
};

/** Commands that are gone, with what to type in their place. */
export const replacedCommands: Readonly<Record<string, string>> = {
  fit: "loadline plan NETWORK.json --memory BYTES",
};

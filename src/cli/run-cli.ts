import { stripVTControlCharacters } from "node:util";
import { defineCommand, renderUsage, runCommand } from "citty";
import type { ArgsDef } from "citty";
import { LoadlineError, isLoadlineError } from "../shared/errors.ts";
import { describeValue } from "../shared/options.ts";
import type { AnyCommand } from "./any-command.ts";
import { fitCommand } from "./commands/fit.ts";
import { generateCommand } from "./commands/generate.ts";
import { inspectCommand } from "./commands/inspect.ts";
import { recallCommand } from "./commands/recall.ts";
import { replayCommand } from "./commands/replay.ts";
import { sweepMnistCommand } from "./commands/sweep-mnist.ts";
import { trainGeneratorCommand } from "./commands/train-generator.ts";
import { trainLmCommand } from "./commands/train-lm.ts";
import { trainMnistCommand } from "./commands/train-mnist.ts";
import { trainSpamCommand, trainTextCommand } from "./commands/train-text.ts";
import type { Terminal } from "./terminal.ts";

/** Some commands under one name. */
function group(name: string, description: string, subCommands: Record<string, AnyCommand>): AnyCommand {
  return defineCommand({ meta: { name, description }, subCommands });
}

function commandsFor(terminal: Terminal): ReadonlyMap<string, AnyCommand> {
  return new Map([
    ["inspect", inspectCommand(terminal)],
    ["replay", replayCommand(terminal)],
    ["recall", recallCommand(terminal)],
    [
      "train",
      group("train", "Train a network whose memory is planned to the byte", {
        mnist: trainMnistCommand(terminal),
        text: trainTextCommand(terminal),
        spam: trainSpamCommand(terminal),
        lm: trainLmCommand(terminal),
        "mnist-generator": trainGeneratorCommand(terminal),
      }),
    ],
    [
      "sweep",
      group("sweep", "Train many networks and see what each thing costs", {
        mnist: sweepMnistCommand(terminal),
      }),
    ],
    ["generate", generateCommand(terminal)],
    ["fit", fitCommand(terminal)],
  ]);
}

/** The command that words name, through groups: its full name, itself, and the words that are left for it. */
function findCommand(
  words: readonly string[],
  commands: ReadonlyMap<string, AnyCommand>,
): { readonly name: string; readonly command: AnyCommand | undefined; readonly rest: readonly string[] } {
  const [first = "", ...rest] = words;
  const command = commands.get(first);
  const inner = command?.subCommands as Readonly<Record<string, AnyCommand>> | undefined;
  const [second = "", ...more] = rest;
  const found = inner !== undefined && Object.hasOwn(inner, second) ? inner[second] : undefined;
  if (found !== undefined) return { name: `${first} ${second}`, command: found, rest: more };
  return { name: first, command, rest };
}

function wholeCommand(commands: ReadonlyMap<string, AnyCommand>, version: string): AnyCommand {
  return defineCommand({
    meta: { name: "loadline", version, description: "Keep what a language model sees under its load line" },
    subCommands: Object.fromEntries(commands),
  });
}

/** Without colours and without blanks at line ends: help is read in files and pagers, too. */
function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[ \t]+$/gm, "")
    .trimEnd();
}

/** Refuses an option that the command does not have: a typing error would be silent otherwise. */
function refuseUnknown(name: string, command: AnyCommand, rest: readonly string[]): void {
  const known = command.args as ArgsDef;
  const named = Object.keys(known).filter((key) => known[key]?.type !== "positional");
  for (const word of rest) {
    if (word === "--") break;
    const option = /^--?([^=]+)/.exec(word)?.[1];
    if (option === undefined || /^-\d/.test(word) || named.includes(option)) continue;
    throw new LoadlineError(
      "invalid-option",
      `loadline ${name}: got the unknown option ${describeValue(word.split("=")[0])}, allowed: ${named.map((key) => `--${key}`).join(", ")}`,
    );
  }
}

/** Runs the command line; gives the exit code. Errors are told in one line each, from the table of codes. */
export async function runCli(words: readonly string[], terminal: Terminal, version: string): Promise<number> {
  const commands = commandsFor(terminal);
  const { name, command, rest } = findCommand(words, commands);
  try {
    if (name === "--version" || name === "-v") {
      terminal.out(version);
      return 0;
    }
    const asksHelp = rest.includes("--help") || rest.includes("-h");
    if (command !== undefined && asksHelp) {
      terminal.out(plain(await renderUsage(command, wholeCommand(commands, version))));
      return 0;
    }
    if (command === undefined) return await explain(name, commands, terminal, version);
    if (command.subCommands !== undefined)
      return await explainGroup(name, command, rest, commands, terminal, version);
    refuseUnknown(name, command, rest);
    await runCommand(command, { rawArgs: [...rest] });
    return 0;
  } catch (error) {
    return report(error, name, terminal);
  }
}

async function explainGroup(
  name: string,
  command: AnyCommand,
  rest: readonly string[],
  commands: ReadonlyMap<string, AnyCommand>,
  terminal: Terminal,
  version: string,
): Promise<number> {
  if (rest.length === 0) {
    terminal.out(plain(await renderUsage(command, wholeCommand(commands, version))));
    return 2;
  }
  const allowed = Object.keys(command.subCommands ?? {}).join(", ");
  throw new LoadlineError(
    "invalid-option",
    `loadline ${name}: got ${describeValue(rest[0])}, allowed: ${allowed}`,
  );
}

async function explain(
  name: string,
  commands: ReadonlyMap<string, AnyCommand>,
  terminal: Terminal,
  version: string,
): Promise<number> {
  const usage = plain(await renderUsage(wholeCommand(commands, version)));
  if (["", "--help", "-h", "help"].includes(name)) {
    terminal.out(usage);
    return name === "" ? 2 : 0;
  }
  throw new LoadlineError(
    "invalid-option",
    `loadline: got the unknown command ${describeValue(name)}, allowed: ${[...commands.keys()].join(", ")}`,
  );
}

function report(error: unknown, name: string, terminal: Terminal): number {
  if (isLoadlineError(error)) {
    terminal.error(`error (${error.code}): ${error.message}`);
    return error.exitCode;
  }
  if (error instanceof Error && error.name === "CLIError") {
    terminal.error(`error (invalid-option): ${error.message}; see loadline ${name} --help`);
    return 2;
  }
  // A fault of ours: the stack is what a report needs.
  terminal.error(
    `error (internal): ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  return 70;
}

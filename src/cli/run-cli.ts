import { stripVTControlCharacters } from "node:util";
import { defineCommand, renderUsage, runCommand } from "citty";
import type { ArgsDef } from "citty";
import { LoadlineError, isLoadlineError } from "../shared/errors.ts";
import { describeValue } from "../shared/options.ts";
import type { AnyCommand } from "./any-command.ts";
import { commandGroups, replacedCommands, singleCommands } from "./commands.ts";
import type { CommandGroup } from "./commands.ts";
import type { Terminal } from "./terminal.ts";
import { ownValue } from "../shared/own-value.ts";

/** A group with all its commands, for its help. */
async function wholeGroup(name: string, group: CommandGroup, terminal: Terminal): Promise<AnyCommand> {
  const entries = Object.entries(group.commands).map(
    async ([each, load]) => [each, await load(terminal)] as const,
  );
  return defineCommand({
    meta: { name, description: group.description },
    subCommands: Object.fromEntries(await Promise.all(entries)),
  });
}

/** Everything, for the general help. */
async function wholeCommand(terminal: Terminal, version: string): Promise<AnyCommand> {
  const single = Object.entries(singleCommands).map(
    async ([name, load]) => [name, await load(terminal)] as const,
  );
  const groups = Object.entries(commandGroups).map(
    async ([name, group]) => [name, await wholeGroup(name, group, terminal)] as const,
  );
  return defineCommand({
    meta: {
      name: "loadline",
      version,
      description: "Keep what a language model works with under its load line",
    },
    subCommands: Object.fromEntries(await Promise.all([...single, ...groups])),
  });
}

/** Help without colours and without blanks at line ends: it is read in files and pagers, too. */
async function usage(command: AnyCommand, parent?: string): Promise<string> {
  const text = await renderUsage(command, parent === undefined ? undefined : { meta: { name: parent } });
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

const asksHelp = (words: readonly string[]): boolean => words.includes("--help") || words.includes("-h");

async function runOne(
  name: string,
  parent: string,
  command: AnyCommand,
  rest: readonly string[],
  terminal: Terminal,
): Promise<number> {
  if (asksHelp(rest)) {
    terminal.out(await usage(command, parent));
    return 0;
  }
  refuseUnknown(name, command, rest);
  await runCommand(command, { rawArgs: [...rest] });
  return 0;
}

/** Runs a command of a group, or tells which there are. */
async function runInGroup(
  name: string,
  group: CommandGroup,
  rest: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const [second = "", ...more] = rest;
  const load = ownValue(group.commands, second);
  if (load !== undefined) {
    return await runOne(`${name} ${second}`, `loadline ${name}`, await load(terminal), more, terminal);
  }
  if (second === "" || asksHelp(rest)) {
    terminal.out(await usage(await wholeGroup(name, group, terminal), "loadline"));
    return second === "" ? 2 : 0;
  }
  throw new LoadlineError(
    "invalid-option",
    `loadline ${name}: got ${describeValue(second)}, allowed: ${Object.keys(group.commands).join(", ")}`,
  );
}

/** Runs the command line; gives the exit code. Errors are told in one line each, from the table of codes. */
export async function runCli(words: readonly string[], terminal: Terminal, version: string): Promise<number> {
  const [name = "", ...rest] = words;
  try {
    if (name === "--version" || name === "-v") {
      terminal.out(version);
      return 0;
    }
    const load = ownValue(singleCommands, name);
    if (load !== undefined) return await runOne(name, "loadline", await load(terminal), rest, terminal);
    const group = ownValue(commandGroups, name);
    if (group !== undefined) return await runInGroup(name, group, rest, terminal);
    if (["", "--help", "-h", "help"].includes(name)) {
      terminal.out(await usage(await wholeCommand(terminal, version)));
      return name === "" ? 2 : 0;
    }
    const replacement = ownValue(replacedCommands, name);
    if (replacement !== undefined) {
      throw new LoadlineError("invalid-option", `loadline ${name} is gone: use ${replacement}`);
    }
    const allowed = [...Object.keys(singleCommands), ...Object.keys(commandGroups)].join(", ");
    throw new LoadlineError(
      "invalid-option",
      `loadline: got the unknown command ${describeValue(name)}, allowed: ${allowed}`,
    );
  } catch (error) {
    return report(error, name, terminal);
  }
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

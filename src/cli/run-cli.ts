import { CommanderError } from "commander";
import { LoadlineError, isLoadlineError } from "../shared/errors.ts";
import { ownValue } from "../shared/own-value.ts";
import { buildProgram } from "./command/build-program.ts";
import type { ChosenCommand } from "./command/build-program.ts";
import { expandAliases } from "./command/expand-aliases.ts";
import { jsonText } from "./command/json-text.ts";
import { commandTable, groupSummaries, replacedCommands } from "./commands.ts";
import type { Terminal } from "./terminal.ts";

/** Exit code of a command line that names no command: the help is shown, but nothing was done. */
const nothingDone = 2;

/** Loads the command that the words name: `train mnist …`, also `help train mnist`. */
async function chooseCommand(
  words: readonly string[],
  terminal: Terminal,
): Promise<ChosenCommand | undefined> {
  const [first = "", second = ""] = words[0] === "help" ? words.slice(1) : words;
  for (const name of [`${first} ${second}`, first]) {
    const entry = ownValue(commandTable, name);
    if (entry !== undefined) return { name, command: await entry.load(terminal) };
  }
  return undefined;
}

/**
 * Runs a command line and returns its exit code. Reports a fault in one line on standard error, or as JSON if `--json` is
 * given; its exit code comes from the table of codes.
 */
export async function runCli(words: readonly string[], terminal: Terminal, version: string): Promise<number> {
  const isJson = words.includes("--json");
  let exitCode = 0;
  let command = "";
  try {
    const replacement = ownValue(replacedCommands, words[0] ?? "");
    if (replacement !== undefined) {
      throw new LoadlineError("invalid-option", `loadline ${words[0]} is gone: use ${replacement}`);
    }
    const chosen = await chooseCommand(words, terminal);
    if (chosen !== undefined) command = `${chosen.name} `;
    const program = buildProgram(commandTable, groupSummaries, {
      version,
      terminal,
      chosen,
      onExit: (code) => (exitCode = code),
    });
    const expanded = chosen === undefined ? words : expandAliases(words, chosen.command.arguments);
    if (words.length === 0) {
      program.outputHelp();
      return nothingDone;
    }
    const group = words.length === 1 ? program.commands.find((each) => each.name() === words[0]) : undefined;
    if (group !== undefined && group.commands.length > 0) {
      group.outputHelp();
      return nothingDone;
    }
    await program.parseAsync([...expanded], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return report(error, command, terminal, isJson);
  }
}

/** Messages of the parser for its most frequent errors, reworded to name the cure. */
const parserMessages: Readonly<Record<string, (message: string) => string>> = {
  "commander.missingMandatoryOptionValue": (message) =>
    message.replace(/^required option '(.*)' not specified$/u, "$1 is required"),
  "commander.optionMissingArgument": (message) =>
    message.replace(/^option '(.*)' argument missing$/u, "$1 needs a value"),
  "commander.missingArgument": (message) =>
    message.replace(/^missing required argument '(.*)'$/u, "$1 is missing"),
};

/** Returns a fault of the parser as an error of the table: what was typed, and what was probably meant. */
function parserError(error: CommanderError, command: string): LoadlineError {
  const plain = error.message
    .replace(/^error: /u, "")
    .replaceAll(/\s*\n\s*/gu, " ")
    .replace(/\.+$/u, "");
  const message = parserMessages[error.code]?.(plain) ?? plain;
  const option = /(?:^|')(--?[\w-]+)/u.exec(message)?.[1];
  return new LoadlineError("invalid-option", `${message}. See loadline ${command}--help`, {
    cause: error,
    details: option === undefined ? {} : { option },
  });
}

function report(fault: unknown, command: string, terminal: Terminal, isJson: boolean): number {
  const error = fault instanceof CommanderError ? parserError(fault, command) : fault;
  const known = isLoadlineError(error) ? error : undefined;
  const exitCode = known?.exitCode ?? 70;
  const code = known?.code ?? "internal";
  // A bug in Loadline: a report needs the stack.
  const message = known?.message ?? (error instanceof Error ? (error.stack ?? error.message) : String(error));
  terminal.error(
    isJson
      ? jsonText({ error: { code, message, details: known?.details ?? {}, exitCode } })
      : `${terminal.style.fault(`error (${code}):`)} ${message}`,
  );
  return exitCode;
}

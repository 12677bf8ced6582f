import { CommanderError } from "commander";
import type { Command as Parser } from "commander";
import { LoadlineError, isLoadlineError } from "../shared/errors.ts";
import { ownValue } from "../shared/own-value.ts";
import { buildProgram } from "./command/build-program.ts";
import type { ChosenCommand } from "./command/build-program.ts";
import { checkValues } from "./command/check-values.ts";
import { expandAliases } from "./command/expand-aliases.ts";
import { jsonText } from "./command/json-text.ts";
import { nameAsTyped } from "./command/name-as-typed.ts";
import { commandTable, groupSummaries, replacedCommands } from "./commands.ts";
import { showOnOneLine } from "../report/text/visible-text.ts";
import type { Terminal } from "./terminal.ts";

/** Exit code of a command line that names no command: the help is shown, but nothing was done. */
const nothingDone = 2;

/** Loads the command that the words name: `train mnist …`. */
async function chooseCommand(
  [first = "", second = ""]: readonly string[],
  terminal: Terminal,
): Promise<ChosenCommand | undefined> {
  for (const name of [`${first} ${second}`, first]) {
    const entry = ownValue(commandTable, name);
    if (entry !== undefined) return { name, command: await entry.load(terminal) };
  }
  return undefined;
}

/** Returns `train mnist --help` for `help train mnist`. */
function expandHelp(words: readonly string[]): readonly string[] {
  return words[0] === "help" ? [...words.slice(1), "--help"] : words;
}

/** Returns the words without `--help` if they name no command: the parser then refuses the name, and says what was probably meant. */
function refuseHelpOfNothing(
  words: readonly string[],
  program: Parser,
  chosen: ChosenCommand | undefined,
): readonly string[] {
  const [first = "", second = ""] = words;
  if (chosen !== undefined || first.startsWith("-")) return words;
  const isGroup = program.commands.some((each) => each.name() === first);
  if (isGroup && (second === "" || second.startsWith("-"))) return words;
  return words.filter((word) => word !== "--help" && word !== "-h");
}

/**
 * Runs a command line and returns its exit code. Reports a fault in one line on standard error, or as JSON if `--json` is
 * given; its exit code comes from the table of codes.
 */
export async function runCli(typed: readonly string[], terminal: Terminal, version: string): Promise<number> {
  const words = expandHelp(typed);
  const end = words.indexOf("--");
  const isJson = words.slice(0, end === -1 ? undefined : end).includes("--json");
  let exitCode = 0;
  let chosen: ChosenCommand | undefined;
  try {
    const replacement = ownValue(replacedCommands, words[0] ?? "");
    if (replacement !== undefined) {
      throw new LoadlineError("invalid-option", `loadline ${words[0]} is gone: use ${replacement}`);
    }
    chosen = await chooseCommand(words, terminal);
    const program = buildProgram(commandTable, groupSummaries, {
      version,
      terminal,
      chosen,
      onExit: (code) => (exitCode = code),
    });
    const named = refuseHelpOfNothing(words, program, chosen);
    const expanded = chosen === undefined ? named : expandAliases(named, chosen.command.arguments);
    if (chosen !== undefined) checkValues(expanded, chosen.command.arguments);
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
    return reportError(renameOption(error, words, chosen), terminal, isJson);
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

/** Returns an error with its option as it was typed; one of the parser becomes an error of the table. */
function renameOption(fault: unknown, words: readonly string[], chosen: ChosenCommand | undefined): unknown {
  const command = chosen === undefined ? "" : `${chosen.name} `;
  const error = fault instanceof CommanderError ? parserError(fault, command) : fault;
  return isLoadlineError(error) && chosen !== undefined
    ? nameAsTyped(error, words, chosen.command.arguments)
    : error;
}

/** Prints an error in one line, or as JSON, and returns its exit code. */
export function reportError(error: unknown, terminal: Terminal, isJson: boolean): number {
  const known = isLoadlineError(error) ? error : undefined;
  const exitCode = known?.exitCode ?? 70;
  const code = known?.code ?? "internal";
  // A bug in Loadline: a report needs the stack. A known error is one line, whatever the names in it are.
  const message = known?.message ?? (error instanceof Error ? (error.stack ?? error.message) : String(error));
  terminal.error(
    isJson
      ? jsonText({ error: { code, message, details: known?.details ?? {}, exitCode } })
      : `${terminal.style.fault(`error (${code}):`)} ${known === undefined ? message : showOnOneLine(message)}`,
  );
  return exitCode;
}

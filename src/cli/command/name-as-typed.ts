import { LoadlineError } from "../../shared/errors.ts";
import type { ArgumentTable } from "./define-command.ts";

const kebabCase = (name: string): string =>
  name.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);

/** Returns an option as it was typed: `-ngl` for `gpu-layers`, if that is how the command line names it. */
function findTyped(name: string, words: readonly string[], table: ArgumentTable): string {
  const typed = new Set(words.map((word) => word.split("=")[0] ?? word));
  const entry = table[name];
  if (entry === undefined || entry.type === "positional" || typed.has(`--${name}`)) return `--${name}`;
  const switches = entry.type === "string" ? Object.keys(entry.switches ?? {}) : [];
  return [...(entry.aliases ?? []), ...switches].find((alias) => typed.has(alias)) ?? `--${name}`;
}

/**
 * Returns an error about an option with the option's name as it was typed, in its message and in `details.option`: the library
 * says `threads`, the user typed `--threads`. Other errors stay as they are.
 */
export function nameAsTyped(
  error: LoadlineError,
  words: readonly string[],
  table: ArgumentTable,
): LoadlineError {
  const { option } = error.details;
  if (error.code !== "invalid-option" || typeof option !== "string") return error;
  const name = option.startsWith("--") ? option.slice(2) : kebabCase(option);
  const entry = Object.hasOwn(table, name) ? table[name] : undefined;
  if (entry === undefined || entry.type === "positional") return error;
  const typed = findTyped(name, words, table);
  if (typed === option) return error;
  const { message } = error;
  return new LoadlineError(
    error.code,
    message.startsWith(option) ? `${typed}${message.slice(option.length)}` : message,
    { cause: error, details: { ...error.details, option: typed } },
  );
}

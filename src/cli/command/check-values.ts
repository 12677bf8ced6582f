import { LoadlineError } from "../../shared/errors.ts";
import { describeValue } from "../../shared/options.ts";
import type { ArgumentTable } from "./define-command.ts";

/**
 * Refuses an option whose value is forgotten: the parser takes the next word as the value, so that `--report --json` would write
 * a file named "--json". `--query=--json` says that the value is meant. Errors: `invalid-option`.
 */
export function checkValues(words: readonly string[], table: ArgumentTable): void {
  const end = words.indexOf("--");
  for (const [index, word] of words.slice(0, end === -1 ? undefined : end).entries()) {
    const entry = word.startsWith("--") ? table[word.slice(2)] : undefined;
    const next = words[index + 1];
    if (entry?.type !== "string" || next?.startsWith("--") !== true) continue;
    throw new LoadlineError(
      "invalid-option",
      `${word} needs a value, but ${describeValue(next)} comes next`,
      {
        details: { option: word },
      },
    );
  }
}

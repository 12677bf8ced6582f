/** Settings that can be run as they are: a command, a JSON file, or Python. */
export interface SettingsBlock {
  /** The program that reads it, with the release its names were checked against. */
  readonly target: string;
  readonly kind: "command" | "json" | "python";
  readonly text: string;
  /** What a user should know before using it. */
  readonly notes: readonly string[];
}

/** Quotes a word for a shell where it needs quotes. */
export function shellWord(text: string): string {
  return /^[\w./:=@%+,-]+$/u.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Writes a command over several lines, one option on each. */
export function commandText(program: readonly string[], options: readonly (readonly string[])[]): string {
  return [program, ...options].map((words) => words.map(shellWord).join(" ")).join(" \\\n  ");
}

/** Settings ready to be used: a command line, a JSON file, or a Python call. */
export interface SettingsBlock {
  /** Which program reads it, with the release its names were checked against. */
  readonly target: string;
  readonly kind: "command" | "json" | "python";
  readonly text: string;
  /** What a user should know before using it. */
  readonly notes: readonly string[];
}

/** A word for a shell: quoted where it has to be. */
export function shellWord(text: string): string {
  return /^[\w./:=@%+,-]+$/u.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command over several lines, one option on each. */
export function commandText(program: readonly string[], options: readonly (readonly string[])[]): string {
  return [program, ...options].map((words) => words.map(shellWord).join(" ")).join(" \\\n  ");
}

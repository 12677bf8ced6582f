/** An option with a value: `--budget 32k`. */
export interface TextArgument {
  readonly type: "string";
  readonly description: string;
  /** Placeholder of the value in the help: `TOKENS`. */
  readonly valueHint: string;
  readonly default?: string;
  readonly required?: boolean;
  /** Other tools' names for it, as typed: `-c`, `--ctx-size`. */
  readonly aliases?: readonly string[];
  /** Names of switches that mean this option with a fixed value: `{ "--no-mmap": "off" }`. */
  readonly switches?: Readonly<Record<string, string>>;
  /** Heading of the help that lists it. Default: `Options`. */
  readonly group?: string;
}

/** A switch: `--json`. */
export interface FlagArgument {
  readonly type: "boolean";
  readonly description: string;
  readonly aliases?: readonly string[];
  readonly group?: string;
}

/** A word without dashes: `FILE`. */
export interface PositionalArgument {
  readonly type: "positional";
  readonly required: boolean;
  readonly description: string;
  readonly valueHint: string;
}

type Argument = TextArgument | FlagArgument | PositionalArgument;

/** The arguments of a command by their typed names, positional ones in order. */
export type ArgumentTable = Readonly<Record<string, Argument>>;

type ValueOf<Entry> = Entry extends { readonly type: "boolean" }
  ? boolean | undefined
  : Entry extends { readonly required: true } | { readonly default: string }
    ? string
    : string | undefined;

/** The values of a table's arguments, by the same names; undefined for an argument that is not given. */
export type ArgumentValues<Table extends ArgumentTable> = {
  readonly [Name in keyof Table]: ValueOf<Table[Name]>;
};

/** A command as data: the source of its help, its parser and its completion. */
export interface Command {
  readonly description: string;
  readonly arguments: ArgumentTable;
  /** Command lines to begin with, without `loadline`. */
  readonly examples: readonly string[];
  /** Runs the command. Returns an exit code, or nothing for 0. */
  readonly run: (values: Readonly<Record<string, string | boolean | undefined>>) => Promise<number | void>;
}

/** What `defineCommand` takes: a command whose `run` gets values typed by its own table. */
export interface CommandDefinition<Table extends ArgumentTable> {
  readonly description: string;
  readonly args: Table;
  readonly examples: readonly string[];
  readonly run: (values: ArgumentValues<Table>) => Promise<number | void>;
}

/** Returns a command from its definition. The parser gives each argument the value that its entry promises. */
export function defineCommand<const Table extends ArgumentTable>(
  definition: CommandDefinition<Table>,
): Command {
  const { description, args, examples, run } = definition;
  return {
    description,
    arguments: args,
    examples,
    run: async (values) => await run(values as ArgumentValues<Table>),
  };
}

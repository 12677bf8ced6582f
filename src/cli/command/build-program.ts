import { Argument, Help, Command as Parser, Option } from "commander";
import { formatParagraph } from "../../report/text/format-table.ts";
import type { CommandEntry } from "../commands.ts";
import type { Terminal } from "../terminal.ts";
import type { ArgumentTable, Command, FlagArgument, TextArgument } from "./define-command.ts";

/** The loaded command that a command line names. */
export interface ChosenCommand {
  readonly name: string;
  readonly command: Command;
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

/** What the program is built from. `onExit` receives the exit code of the chosen command. */
export interface ProgramOptions {
  readonly version: string;
  readonly terminal: Terminal;
  readonly chosen: ChosenCommand | undefined;
  readonly onExit: (exitCode: number) => void;
}

const programDescription =
  "Shows what fills a language model's working memory, and keeps it under a budget (the load line).";

const examples = [
  "  loadline inspect conversation.jsonl",
  "  loadline replay conversation.jsonl --budget 32k --report replay.html",
  "  loadline size hf:Qwen/Qwen3-8B-GGUF --context 32k --device rtx4090",
  "  loadline plan hf:Qwen/Qwen3-8B --memory 24GiB",
  "  loadline train mnist",
];

/** Returns a command's options in the order of its table. */
function optionsOf(table: ArgumentTable): readonly {
  readonly name: string;
  readonly entry: TextArgument | FlagArgument;
  readonly option: Option;
}[] {
  return Object.entries(table).flatMap(([name, entry]) => {
    if (entry.type === "positional") return [];
    const names = [
      ...(entry.aliases ?? []),
      ...(entry.type === "string" ? Object.keys(entry.switches ?? {}) : []),
    ];
    const also = names.length === 0 ? "" : ` (also ${names.join(", ")})`;
    const flags = entry.type === "string" ? `--${name} <${entry.valueHint}>` : `--${name}`;
    const option = new Option(flags, `${entry.description}${also}`);
    if (entry.group !== undefined) option.helpGroup(`${entry.group}:`);
    if (entry.type === "string" && entry.default !== undefined) option.default(entry.default);
    if (entry.type === "string" && entry.required === true) option.makeOptionMandatory();
    return [{ name, entry, option }];
  });
}

/** Returns a value of the parser: a text, or true for a switch that is given. */
function valueOf(value: unknown): string | boolean | undefined {
  return typeof value === "string" || value === true ? value : undefined;
}

function addCommand(parser: Parser, { name, command }: ChosenCommand, options: ProgramOptions): void {
  const { terminal, onExit } = options;
  parser.description(command.description);
  const positional = Object.entries(command.arguments).filter(([, entry]) => entry.type === "positional");
  for (const [, entry] of positional) {
    if (entry.type !== "positional") continue;
    const shown = entry.required ? `<${entry.valueHint}>` : `[${entry.valueHint}]`;
    parser.addArgument(new Argument(shown, entry.description));
  }
  const table = optionsOf(command.arguments);
  for (const { option } of table) parser.addOption(option);
  if (command.examples.length > 0) {
    const lines = command.examples.map((example) => `  loadline ${example}`).join("\n");
    parser.addHelpText("after", `\n${terminal.style.heading("Examples:")}\n${lines}`);
  }
  parser.action(async () => {
    const given = parser.opts<Record<string, unknown>>();
    const values: Values = Object.fromEntries([
      ...positional.map(([argument], index) => [argument, parser.args[index]] as const),
      ...table.map((row) => [row.name, valueOf(given[row.option.attributeName()])] as const),
    ]);
    onExit((await command.run(values)) ?? 0);
  });
  parser.usage(
    [
      ...positional.map(([, entry]) => (entry.type === "positional" ? entry.valueHint : "")),
      "[options]",
    ].join(" "),
  );
  parser.name(name.split(" ").at(-1) ?? name);
}

/** A column of descriptions that is narrower than this goes below the names. */
const minDescriptionColumns = 24;

/** Formats a name with its description: next to each other, or below each other on a narrow terminal. */
function formatItem(term: string, termWidth: number, description: string, helper: Help): string {
  const columns = helper.helpWidth ?? 80;
  if (columns - termWidth - 4 >= minDescriptionColumns || description === "")
    return Help.prototype.formatItem.call(helper, term, termWidth, description, helper);
  return `  ${term}\n${formatParagraph(`      ${description}`, { columns }, "      ")}`;
}

function newParser(name: string, { terminal }: ProgramOptions): Parser {
  return new Parser(name)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      // The caller reports errors, once.
      writeErr: () => undefined,
      outputError: () => undefined,
      getOutHelpWidth: () => Math.min(terminal.columns, 100),
      getErrHelpWidth: () => Math.min(terminal.columns, 100),
      getOutHasColors: () => terminal.hasColours,
      getErrHasColors: () => terminal.hasColours,
    })
    .configureHelp({
      styleTitle: (title) => terminal.style.heading(title),
      minWidthToWrap: minDescriptionColumns,
      formatItem,
    })
    .helpOption("-h, --help", "show this help");
}

/** Builds the parser of the entire command line. Only the chosen command gets its options; the others have a name and a summary. */
export function buildProgram(
  commandTable: Readonly<Record<string, CommandEntry>>,
  groups: Readonly<Record<string, string>>,
  options: ProgramOptions,
): Parser {
  const program = newParser("loadline", options)
    .description(programDescription)
    .addHelpText("after", `\n${options.terminal.style.heading("Examples:")}\n${examples.join("\n")}`)
    .version(options.version, "-v, --version", "show the version");
  // The caller turns `help train mnist` into `train mnist --help`; here it is only listed.
  program.helpCommand("help [command]", "show the help of a command").commandsGroup("Commands:");
  for (const [path, entry] of Object.entries(commandTable)) {
    const [first = "", second] = path.split(" ");
    let parent = program;
    if (second !== undefined) {
      parent =
        program.commands.find((each) => each.name() === first) ??
        addGroup(program, { name: first, summary: groups[first] ?? "", heading: entry.group }, options);
    }
    const parser = newParser(second ?? first, options)
      .summary(entry.summary)
      .description(entry.summary);
    if (second === undefined) parser.helpGroup(entry.group);
    if (options.chosen?.name === path) addCommand(parser, options.chosen, options);
    parent.addCommand(parser);
  }
  return program;
}

/** The first word of two-word commands. */
interface Group {
  readonly name: string;
  readonly summary: string;
  /** Heading of the general help that lists it. */
  readonly heading: string;
}

function addGroup(program: Parser, { name, summary, heading }: Group, options: ProgramOptions): Parser {
  const parser = newParser(name, options)
    .summary(summary)
    .description(`${summary[0]?.toUpperCase() ?? ""}${summary.slice(1)}.`)
    .helpGroup(heading);
  parser.helpCommand(false);
  program.addCommand(parser);
  return parser;
}

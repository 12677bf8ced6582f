import type { ArgumentTable } from "./define-command.ts";

/** Shells that a completion script can be printed for. */
export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** A command as a completion script needs it: its words, its summary and its options. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly arguments: ArgumentTable;
}

interface CompletedOption {
  readonly name: string;
  readonly description: string;
  readonly takesValue: boolean;
}

function optionsOf(table: ArgumentTable): readonly CompletedOption[] {
  return Object.entries(table).flatMap(([name, entry]) =>
    entry.type === "positional"
      ? []
      : [{ name: `--${name}`, description: entry.description, takesValue: entry.type === "string" }],
  );
}

/** Groups the second words of commands by their first word. */
function groupWords(commands: readonly CompletedCommand[]): ReadonlyMap<string, readonly string[]> {
  const words = new Map<string, string[]>();
  for (const { name } of commands) {
    const [first = "", second] = name.split(" ");
    const seconds = words.get(first) ?? [];
    if (second !== undefined) seconds.push(second);
    words.set(first, seconds);
  }
  return words;
}

function bashScript(commands: readonly CompletedCommand[]): string {
  const words = groupWords(commands);
  const groups = [...words].filter(([, seconds]) => seconds.length > 0);
  const groupCases = groups.map(([first, seconds]) => `    ${first}) candidates="${seconds.join(" ")}" ;;`);
  const optionCases = commands.map(
    ({ name, arguments: table }) =>
      `    "${name}") candidates="${optionsOf(table)
        .map((option) => option.name)
        .join(" ")} --help" ;;`,
  );
  return `# bash completion for loadline. Load it with: source <(loadline completion bash)
_loadline() {
  local current="\${COMP_WORDS[COMP_CWORD]}" first="\${COMP_WORDS[1]}" command="\${COMP_WORDS[1]}" candidates=""
  COMPREPLY=()
  case "$first" in ${groups.map(([first]) => first).join("|")}) command="$first \${COMP_WORDS[2]}" ;; esac
  if [[ $COMP_CWORD -eq 1 ]]; then
    candidates="${[...words.keys()].join(" ")} help --help --version"
  elif [[ $COMP_CWORD -eq 2 && $command != "$first" ]]; then
    case "$first" in
${groupCases.join("\n")}
    esac
  elif [[ $COMP_CWORD -eq 2 && $first == help ]]; then
    candidates="${[...words.keys()].join(" ")}"
  elif [[ $current == -* ]]; then
    case "$command" in
${optionCases.join("\n")}
    esac
  fi
  if [[ -n $candidates ]]; then
    COMPREPLY=($(compgen -W "$candidates" -- "$current"))
  else
    # One name a line: a name may contain spaces.
    local IFS=$'\\n'
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -o filenames -F _loadline loadline`;
}

/** Quotes a text for a shell's single quotes; zsh reads a colon and brackets of its own. */
const quote = (text: string): string => text.replaceAll("'", "'\\''");
const quoteForZsh = (text: string): string => quote(text.replaceAll(/[[\]:\\]/gu, "\\$&"));

function zshScript(commands: readonly CompletedCommand[]): string {
  const words = groupWords(commands);
  const summaries = new Map(commands.map(({ name, summary }) => [name, summary]));
  const firsts = [...words].map(
    ([first, seconds]) => `'${first}:${quoteForZsh(summaries.get(first) ?? seconds.join(", "))}'`,
  );
  const groupCases = [...words]
    .filter(([, seconds]) => seconds.length > 0)
    .map(([first, seconds]) => {
      const listed = seconds.map(
        (second) => `'${second}:${quoteForZsh(summaries.get(`${first} ${second}`) ?? "")}'`,
      );
      return `    ${first}) commands=(${listed.join(" ")}) ;;`;
    });
  const optionCases = commands.map(({ name, arguments: table }) => {
    const listed = optionsOf(table).map(
      ({ name: option, description, takesValue }) =>
        `'${option}[${quoteForZsh(description)}]${takesValue ? ": :_files" : ""}'`,
    );
    return `    '${name}') _arguments ${listed.join(" ")} '--help[show this help]' '*: :_files' ;;`;
  });
  return `#compdef loadline
# zsh completion for loadline. Load it with: source <(loadline completion zsh)
_loadline() {
  local -a commands
  local command="$words[2]"
  if (( CURRENT == 2 )) || [[ $CURRENT -eq 3 && $words[2] == help ]]; then
    commands=(${firsts.join(" ")})
    _describe 'command' commands
    return
  fi
  case "$words[2]" in
${groupCases.join("\n")}
  esac
  if (( \${#commands} > 0 )); then
    if (( CURRENT == 3 )); then _describe 'command' commands; return; fi
    command="$words[2] $words[3]"
  fi
  case "$command" in
${optionCases.join("\n")}
  esac
}
compdef _loadline loadline`;
}

function fishScript(commands: readonly CompletedCommand[]): string {
  const words = groupWords(commands);
  const summaries = new Map(commands.map(({ name, summary }) => [name, summary]));
  const lines = [...words].flatMap(([first, seconds]) => [
    `complete -c loadline -n "__fish_use_subcommand; or test (count (commandline -opc)) = 2 -a (commandline -opc)[-1] = help" -f -a ${first} -d '${quote(summaries.get(first) ?? seconds.join(", "))}'`,
    ...seconds.map(
      (second) =>
        `complete -c loadline -n "__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${seconds.join(" ")}" -f -a ${second} -d '${quote(summaries.get(`${first} ${second}`) ?? "")}'`,
    ),
  ]);
  const options = commands.flatMap(({ name, arguments: table }) => {
    const seen = name
      .split(" ")
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join("; and ");
    return optionsOf(table).map(
      ({ name: option, description, takesValue }) =>
        `complete -c loadline -n "${seen}" -l ${option.slice(2)}${takesValue ? " -r" : ""} -d '${quote(description)}'`,
    );
  });
  return [
    "# fish completion for loadline. Load it with: loadline completion fish | source",
    "complete -c loadline -s h -l help -d 'show this help'",
    "complete -c loadline -n __fish_use_subcommand -s v -l version -d 'show the version'",
    "complete -c loadline -n __fish_use_subcommand -f -a help -d 'show the help of a command'",
    ...lines,
    ...options,
  ].join("\n");
}

/** Returns the completion script of a shell for these commands. */
export function completionScript(shell: Shell, commands: readonly CompletedCommand[]): string {
  if (shell === "bash") return bashScript(commands);
  return shell === "zsh" ? zshScript(commands) : fishScript(commands);
}

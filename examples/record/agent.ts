import type { Workspace } from "./workspace.ts";

/** Tools of the recorded agent, as a request describes them to a model. */
const parameter = (description: string): object => ({ type: "string", description });
const tool = (
  name: string,
  description: string,
  properties: Readonly<Record<string, object>>,
  required: readonly string[],
): object => ({
  type: "function",
  function: { name, description, parameters: { type: "object", properties, required } },
});

export const tools: readonly object[] = [
  tool(
    "run_command",
    "Run a shell command in the workspace and return its output.",
    { command: parameter("the command line") },
    ["command"],
  ),
  tool(
    "read_file",
    "Read a file, or some of its lines.",
    {
      path: parameter("path from the root of the workspace"),
      from_line: { type: "integer" },
      to_line: { type: "integer" },
    },
    ["path"],
  ),
  tool(
    "search",
    "Search files with an extended regular expression.",
    { pattern: parameter("the expression"), path: parameter("folder or file") },
    ["pattern", "path"],
  ),
  tool(
    "list_files",
    "List all files below a folder with their number of lines.",
    { path: parameter("folder") },
    ["path"],
  ),
  tool("write_file", "Write a file.", { path: parameter("path"), content: parameter("the whole text") }, [
    "path",
    "content",
  ]),
  tool(
    "replace_in_file",
    "Replace a text that stands exactly once in a file.",
    {
      path: parameter("path"),
      before: parameter("the text that is there"),
      after: parameter("the text to put there"),
    },
    ["path", "before", "after"],
  ),
];

const system = `You are a coding agent. You work in a TypeScript repository at /workspace with the tools you are given.
Look before you change anything, change as little as possible, run the tests of what you changed, and say what you found with file names and line numbers.`;

/** Records a session: the user requests, the scripted calls of the agent, and the real tool results. */
export class RecordedAgent {
  readonly messages: object[] = [{ role: "system", content: system }];
  readonly #workspace: Workspace;
  #calls = 0;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  ask(request: string): void {
    this.messages.push({ role: "user", content: request });
  }

  answer(text: string): void {
    this.messages.push({ role: "assistant", content: text });
  }

  run(command: string, thought?: string): string {
    return this.#call("run_command", { command }, thought, () => this.#workspace.run(command));
  }

  read(path: string, from?: number, to?: number, thought?: string): string {
    const range = from === undefined ? {} : { from_line: from, to_line: to ?? from + 60 };
    return this.#call("read_file", { path, ...range }, thought, () =>
      this.#workspace.readFile(path, from, from === undefined ? undefined : (to ?? from + 60)),
    );
  }

  search(pattern: string, path: string, thought?: string): string {
    return this.#call("search", { pattern, path }, thought, () => this.#workspace.search(pattern, path));
  }

  list(path: string, thought?: string): string {
    return this.#call("list_files", { path }, thought, () => this.#workspace.listFiles(path));
  }

  write(path: string, content: string, thought?: string): string {
    return this.#call("write_file", { path, content }, thought, () =>
      this.#workspace.writeFile(path, content),
    );
  }

  replace(path: string, before: string, after: string, thought?: string): string {
    return this.#call("replace_in_file", { path, before, after }, thought, () =>
      this.#workspace.replaceInFile(path, before, after),
    );
  }

  #call(name: string, values: object, thought: string | undefined, work: () => string): string {
    this.#calls++;
    const id = `call_${String(this.#calls).padStart(4, "0")}`;
    const call = { id, type: "function", function: { name, arguments: JSON.stringify(values) } };
    this.messages.push({ role: "assistant", content: thought ?? null, tool_calls: [call] });
    const content = work();
    this.messages.push({ role: "tool", tool_call_id: id, content });
    return content;
  }
}

/** A match of a search. */
export interface Found {
  readonly path: string;
  readonly line: number;
}

/** Returns the matches in the output of `search`, one per file, in order. */
export function placesIn(output: string): readonly Found[] {
  const places = new Map<string, Found>();
  for (const row of output.split("\n")) {
    const match = /^([\w./-]+):(\d+):/.exec(row);
    if (match !== null && !places.has(match[1] ?? ""))
      places.set(match[1] ?? "", { path: match[1] ?? "", line: Number(match[2]) });
  }
  return [...places.values()];
}

/** Returns the files in the output of `list_files`, longest first. */
export function filesIn(output: string): readonly { readonly path: string; readonly lines: number }[] {
  const files = output.split("\n").flatMap((row) => {
    const match = /^(\S+)\t(\d+) lines$/.exec(row);
    return match === null ? [] : [{ path: match[1] ?? "", lines: Number(match[2]) }];
  });
  return files.sort((a, b) => b.lines - a.lines || (a.path < b.path ? -1 : 1));
}

import { homedir } from "node:os";
import { posix, win32 } from "node:path";

/** What decides where an agent keeps its sessions. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Returns the machine that this process runs on. */
export function thisMachine(): Machine {
  return { platform: process.platform, home: homedir(), environment: process.env };
}

/** An agent whose sessions are found without naming a folder. */
export interface AgentPlace {
  /** The option that names it, without dashes. */
  readonly option: string;
  readonly title: string;
  /** Returns the folders in which the agent keeps sessions, the likeliest first. */
  readonly folders: (machine: Machine) => readonly string[];
}

type Join = (...parts: readonly string[]) => string;

function joinOf({ platform }: Machine): Join {
  return platform === "win32" ? win32.join : posix.join;
}

/** Returns a variable's value, unless it is empty. */
function read({ environment }: Machine, name: string): string | undefined {
  const value = environment[name]?.trim();
  return value === undefined || value === "" ? undefined : value;
}

/** Returns where the system keeps programs' settings: VS Code's folders are there. */
function settingsFolder(machine: Machine): string {
  const join = joinOf(machine);
  const { platform, home } = machine;
  if (platform === "win32") return read(machine, "APPDATA") ?? join(home, "AppData", "Roaming");
  if (platform === "darwin") return join(home, "Library", "Application Support");
  return read(machine, "XDG_CONFIG_HOME") ?? join(home, ".config");
}

/** Editors that are built on VS Code. */
const editors = ["Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf"];
/** Where the editors keep the same folders on a machine that they are connected to. */
const servers = [".vscode-server", ".vscode-server-insiders", ".cursor-server", ".windsurf-server"];

/** Returns the folders of an extension's tasks in each editor. */
function extensionTasks(machine: Machine, extension: string): readonly string[] {
  const join = joinOf(machine);
  const inside = ["User", "globalStorage", extension, "tasks"];
  return [
    ...editors.map((editor) => join(settingsFolder(machine), editor, ...inside)),
    ...servers.map((server) => join(machine.home, server, "data", ...inside)),
  ];
}

function claudeCodeFolders(machine: Machine): readonly string[] {
  const join = joinOf(machine);
  const named = read(machine, "CLAUDE_CONFIG_DIR");
  // A list is accepted too, as other readers of these logs do.
  if (named !== undefined) return named.split(",").map((folder) => join(folder.trim(), "projects"));
  const config = read(machine, "XDG_CONFIG_HOME") ?? join(machine.home, ".config");
  return [join(machine.home, ".claude", "projects"), join(config, "claude", "projects")];
}

function codexFolders(machine: Machine): readonly string[] {
  const join = joinOf(machine);
  const folder = read(machine, "CODEX_HOME") ?? join(machine.home, ".codex");
  return [join(folder, "sessions"), join(folder, "archived_sessions")];
}

function clineFolders(machine: Machine): readonly string[] {
  const join = joinOf(machine);
  const data =
    read(machine, "CLINE_DATA_DIR") ??
    join(read(machine, "CLINE_DIR") ?? join(machine.home, ".cline"), "data");
  const sessions = read(machine, "CLINE_SESSION_DATA_DIR") ?? join(data, "sessions");
  return [...extensionTasks(machine, "saoudrizwan.claude-dev"), join(data, "tasks"), sessions];
}

function qwenCodeFolders(machine: Machine): readonly string[] {
  const join = joinOf(machine);
  const home = read(machine, "QWEN_RUNTIME_DIR") ?? read(machine, "QWEN_HOME") ?? join(machine.home, ".qwen");
  return [join(home, "projects"), join(home, "tmp")];
}

/** Returns opencode's folder. It uses the same names on all systems. */
function opencodeFolders(machine: Machine): readonly string[] {
  const join = joinOf(machine);
  return [join(read(machine, "XDG_DATA_HOME") ?? join(machine.home, ".local", "share"), "opencode")];
}

/** The agents whose sessions are found, by the option that names them. */
export const agentPlaces: readonly AgentPlace[] = [
  { option: "claude-code", title: "Claude Code", folders: claudeCodeFolders },
  { option: "codex", title: "Codex", folders: codexFolders },
  { option: "opencode", title: "opencode", folders: opencodeFolders },
  { option: "cline", title: "Cline", folders: clineFolders },
  {
    option: "roo",
    title: "Roo Code",
    folders: (machine) => extensionTasks(machine, "rooveterinaryinc.roo-cline"),
  },
  {
    option: "gemini-cli",
    title: "Gemini CLI",
    folders: (machine) => [
      joinOf(machine)(read(machine, "GEMINI_CLI_HOME") ?? machine.home, ".gemini", "tmp"),
    ],
  },
  { option: "qwen-code", title: "Qwen Code", folders: qwenCodeFolders },
];

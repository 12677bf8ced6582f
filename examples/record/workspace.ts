import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Longer tool results are cut in the middle, as coding agents do: the model sees the head and the tail. */
const maxOutputCharacters = 12_000;

/** A copy of this repository in which the commands of the recorded agent really run. */
export interface Workspace {
  readonly run: (command: string) => string;
  readonly readFile: (path: string, from?: number, to?: number) => string;
  readonly writeFile: (path: string, content: string) => string;
  readonly replaceInFile: (path: string, before: string, after: string) => string;
  readonly search: (pattern: string, path: string) => string;
  readonly listFiles: (path: string) => string;
  readonly remove: () => void;
}

/** Cuts the middle out of a long output. */
function cut(text: string): string {
  if (text.length <= maxOutputCharacters) return text;
  const head = text.slice(0, maxOutputCharacters * 0.7);
  const tail = text.slice(-maxOutputCharacters * 0.3);
  return `${head}\n[… ${text.length - maxOutputCharacters} characters cut …]\n${tail}`;
}

/** Removes what depends on the machine and the time: paths, dates, durations. */
function normalise(text: string, folder: string): string {
  return text
    .replaceAll(folder, "/workspace")
    .replaceAll(tmpdir(), "/tmp")
    .replace(/\(?\b\d+(?:\.\d+)?\s?(?:ms|s)\b\)?/g, "(time)")
    .replace(/^.*(?:Start at|Duration|Isolate|faster with|npm warn).*$\n?/gm, "");
}

/** Makes a copy: the committed files of the repository at `root`, with its packages linked. */
export function openWorkspace(root: string): Workspace {
  const folder = mkdtempSync(join(tmpdir(), "loadline-record-"));
  execFileSync("git", ["clone", "-q", "--no-hardlinks", root, folder]);
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const at = (path: string): string => join(folder, path);
  const environment = {
    ...process.env,
    NO_COLOR: "1",
    CI: "true",
    PATH: `${join(root, "node_modules", ".bin")}:${process.env["PATH"] ?? ""}`,
  };
  return {
    run: (command) => {
      const { stdout, stderr, status } = spawnSync("bash", ["-c", command], {
        cwd: folder,
        encoding: "utf8",
        env: environment,
        maxBuffer: 64 * 1024 * 1024,
      });
      return (
        cut(normalise(`${stdout}${stderr}${status === 0 ? "" : `\n[exit code ${status}]`}`, folder)).trim() ||
        "[no output]"
      );
    },
    readFile: (path, from = 1, to = Number.MAX_SAFE_INTEGER) => {
      if (!existsSync(at(path)) || statSync(at(path)).isDirectory()) return `[no file ${path}]`;
      const lines = readFileSync(at(path), "utf8").split("\n");
      const shown = lines.slice(from - 1, to).map((line, index) => `${from + index}\t${line}`);
      return cut(
        [`[${path}, lines ${from} to ${Math.min(to, lines.length)} of ${lines.length}]`, ...shown].join("\n"),
      );
    },
    writeFile: (path, content) => {
      mkdirSync(dirname(at(path)), { recursive: true });
      writeFileSync(at(path), content);
      return `[wrote ${content.length} characters to ${path}]`;
    },
    replaceInFile: (path, before, after) => {
      const text = readFileSync(at(path), "utf8");
      const found = text.split(before).length - 1;
      if (found !== 1) return `[the text stands ${found} times in ${path}, nothing was changed]`;
      writeFileSync(
        at(path),
        text.replace(before, () => after),
      );
      return `[replaced 1 place in ${path}]`;
    },
    search: (pattern, path) => searchFiles(folder, pattern, path),
    listFiles: (path) => listFiles(folder, path),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function searchFiles(folder: string, pattern: string, path: string): string {
  const words = ["grep", "-n", "-E", "--untracked", pattern, "--", path];
  const { stdout } = spawnSync("git", words, { cwd: folder, encoding: "utf8" });
  return cut(stdout.trim()) || `[nothing matches ${pattern} in ${path}]`;
}

function listFiles(folder: string, path: string): string {
  if (!existsSync(join(folder, path))) return `[no folder ${path}]`;
  const entries = readdirSync(join(folder, path), { withFileTypes: true, recursive: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
  return cut(
    files
      .map((file) => `${file}\t${readFileSync(join(folder, file), "utf8").split("\n").length} lines`)
      .join("\n"),
  );
}

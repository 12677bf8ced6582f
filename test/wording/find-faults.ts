import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { exceptions } from "./exceptions.ts";
import { findDialect } from "./find-dialect.ts";
import { findDocstrings } from "./find-docstrings.ts";
import { findPhrases } from "./find-phrases.ts";
import type { Fault } from "./find-phrases.ts";
import { readMarkdown } from "./markdown-text.ts";
import { readSource } from "./source-text.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Most source files a folder may hold; tests, fixtures and contracts are not counted. */
const maxFilesInFolder = 20;

/** Written by a generator, or kernels in AssemblyScript: many small files that belong together. */
const foldersOfAnySize = new Set(["src/lab/kernels/assembly"]);
const generatedFiles = new Set(["src/lab/kernels/compiled.ts"]);

/** The lists of phrases themselves. */
const ownFolder = "test/wording/";

/** Paths of the checked files that git knows, deleted ones left out. */
export function listFiles(): readonly string[] {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  return listed
    .split("\n")
    .filter((path) => /^(?:(?:src|test|bench|examples)\/.*\.ts|docs\/.*\.md|[A-Z]+\.md)$/.test(path))
    .filter((path) => !path.startsWith(ownFolder) && !generatedFiles.has(path) && existsSync(root + path));
}

function isTest(path: string): boolean {
  return !path.startsWith("src/") || /\.(?:test|contract|fixture)\.ts$/.test(path);
}

/** Finds the folders with too many source files. */
export function findFullFolders(paths: readonly string[]): readonly Fault[] {
  const counts = new Map<string, number>();
  for (const path of paths) {
    if (isTest(path)) continue;
    const folder = path.slice(0, path.lastIndexOf("/"));
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts]
    .filter(([folder, count]) => count > maxFilesInFolder && !foldersOfAnySize.has(folder))
    .map(([folder, count]) => ({
      path: `${folder}/`,
      line: 0,
      found: `${count} source files`,
      instead: `at most ${maxFilesInFolder}: folders by stage`,
    }));
}

/** Finds the faults of one text, exceptions included. */
export function findFaultsInText(path: string, text: string): readonly Fault[] {
  if (path.endsWith(".md")) return findPhrases(path, readMarkdown(path, text));
  const source = readSource(path, text, isTest(path));
  return [...findPhrases(path, source.pieces), ...findDialect(source), ...findDocstrings(source)];
}

/** Whether a fault is in the table of exceptions: the same file, and a line that holds the exception's text. */
function isExcepted(fault: Fault, lines: readonly string[]): boolean {
  return exceptions.some(
    ({ path, text }) =>
      path === fault.path && (lines[fault.line - 1]?.includes(text) === true || fault.found.includes(text)),
  );
}

/** Finds every fault of the listed files, without the exceptions; sorted by place. */
export function findFaults(paths: readonly string[]): readonly Fault[] {
  const faults = paths.flatMap((path) => {
    const text = readFileSync(root + path, "utf8");
    const lines = text.split("\n");
    return findFaultsInText(path, text).filter((fault) => !isExcepted(fault, lines));
  });
  return [...faults, ...findFullFolders(paths)].sort((a, b) =>
    a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line,
  );
}

/** Prints a fault as editors read it: file, line, what was found, what to try. */
export function formatFault({ path, line, found, instead }: Fault): string {
  return `${path}:${line}: found "${found}": try "${instead}"`;
}

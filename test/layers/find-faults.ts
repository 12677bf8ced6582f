import { freeFolders, layerTable } from "./layer-table.ts";
import { browserFolders, nodeFolders, packageTable } from "./package-table.ts";
import { builtinsOf, importsOf, resolveImport, stripComments } from "./read-imports.ts";
import type { SourceFile } from "./read-imports.ts";

/** The longest file the house style allows, in lines of code. */
const maxFileLines = 300;

/** Whether a file is a test, which may import anything. */
function isTest(path: string): boolean {
  return /\.(?:test|contract|fixture)\.ts$/.test(path);
}

/** Returns the row of the table that a file belongs to: its own, or that of the deepest folder around it. */
export function folderOf(path: string): string | undefined {
  const folders = [...Object.keys(layerTable), ...freeFolders].filter(
    (folder) => path === folder || path.startsWith(`${folder}/`),
  );
  return folders.sort((a, b) => b.length - a.length)[0];
}

function isFace(path: string): boolean {
  return /^src\/(?:window|model|lab|server)\/index\.ts$/.test(path);
}

function importFault(file: SourceFile, folder: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return packageFault(file, folder, specifier);
  const target = resolveImport(file.path, specifier);
  const targetFolder = folderOf(target);
  if (targetFolder === undefined)
    return target === "package.json"
      ? undefined
      : `${file.path} imports ${target}, which is in no folder of the table`;
  if (targetFolder === folder) return undefined;
  if (freeFolders.includes(targetFolder))
    return `${file.path} imports ${target}: nothing that is shipped imports ${targetFolder}`;
  if (!layerTable[folder]?.includes(targetFolder))
    return `${file.path} imports ${target}: ${folder} may not import ${targetFolder}`;
  const flow = /^src\/(?:window|model|lab|server)$/.test(targetFolder);
  if (flow && !isFace(target)) return `${file.path} imports ${target}: only index.ts is public`;
  return undefined;
}

function packageFault(file: SourceFile, folder: string, specifier: string): string | undefined {
  const name = specifier.startsWith("@")
    ? specifier.split("/").slice(0, 2).join("/")
    : (specifier.split("/")[0] ?? specifier);
  // A folder without a row may use no package: its first package is a decision to write down.
  const allowed = packageTable[folder] ?? [];
  if (allowed.includes(name) || allowed.includes(specifier)) return undefined;
  return `${file.path} imports the package ${specifier}: ${folder} may import ${allowed.length === 0 ? "none" : allowed.join(", ")}`;
}

/** Finds imports and packages that the tables do not allow, and files outside every folder. */
export function findLayerFaults(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap((file) => {
    const folder = folderOf(file.path);
    if (folder === undefined) return [`${file.path} is in no folder of the table`];
    if (freeFolders.includes(folder) || isTest(file.path)) return [];
    const specifiers = [...importsOf(file.text), ...builtinsOf(file.text)];
    return specifiers.flatMap((specifier) => importFault(file, folder, specifier) ?? []);
  });
}

/** Finds globals and modules of Node in folders that also run in a browser. */
export function findNodeFaults(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, text }) => {
    const isIn = (folder: string): boolean => path.startsWith(`${folder}/`);
    if (isTest(path) || !browserFolders.some(isIn) || nodeFolders.some(isIn)) return [];
    const code = stripComments(text);
    const global = /\b(?:Buffer|process|__dirname|__filename|setImmediate|require)\b(?=\s*[.(])/.exec(
      code,
    )?.[0];
    const module = importsOf(text).find((specifier) => specifier.startsWith("node:"));
    const found = global ?? module;
    return found === undefined ? [] : [`${path} uses ${found}, which a browser does not have`];
  });
}

/** Finds rings of imports, each once, as the list of its files. Depth-first, not recursive. */
export function findRings(files: readonly SourceFile[]): readonly string[] {
  const known = new Set(files.map((file) => file.path));
  const edges = new Map(
    files.map((file) => [
      file.path,
      importsOf(file.text)
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) => resolveImport(file.path, specifier))
        .filter((target) => known.has(target)),
    ]),
  );
  const rings = new Set<string>();
  const done = new Set<string>();
  for (const start of known) {
    const path: string[] = [];
    const pending: { readonly at: string; readonly leave: boolean }[] = [{ at: start, leave: false }];
    while (pending.length > 0) {
      const step = pending.pop();
      if (step === undefined) break;
      if (step.leave) {
        path.pop();
        done.add(step.at);
        continue;
      }
      if (path.includes(step.at)) {
        rings.add([...path.slice(path.indexOf(step.at)), step.at].join(" -> "));
        continue;
      }
      if (done.has(step.at)) continue;
      path.push(step.at);
      pending.push({ at: step.at, leave: true });
      for (const next of edges.get(step.at) ?? []) pending.push({ at: next, leave: false });
    }
  }
  return [...rings];
}

/** Finds breaches of the rules for single files: `export *`, default exports, too many lines, names that are not kebab-case. */
export function findStyleFaults(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, text }) => {
    const faults: string[] = [];
    const code = stripComments(text);
    if (/^\s*export\s*\*/m.test(code))
      faults.push(`${path} has export *: public names are listed one by one`);
    if (/^\s*export\s+default\b/m.test(code) && !path.endsWith(".config.ts"))
      faults.push(`${path} has a default export`);
    const lines = code.split("\n").filter((line) => line.trim() !== "").length;
    if (lines > maxFileLines && !isTest(path))
      faults.push(`${path} has ${lines} lines of code, allowed: ${maxFileLines}`);
    if (!/^[a-z0-9]+(?:[-.][a-z0-9]+)*\.ts$/.test(path.split("/").at(-1) ?? ""))
      faults.push(`${path} is not named in kebab-case`);
    return faults;
  });
}

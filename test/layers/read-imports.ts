/** A source file: its path from the root of the repository, with forward slashes, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Removes comments and the contents of template strings, so that examples in them are not read as code. */
export function stripComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<![:"'`\w])\/\/[^\n]*/g, "");
}

/** Returns the modules of Node that a file loads at run time with `process.getBuiltinModule`. */
export function builtinsOf(text: string): readonly string[] {
  const taken = stripComments(text).matchAll(/\bgetBuiltinModule(?:\?\.)?\(\s*["']([^"']+)["']/g);
  return [...new Set(Array.from(taken, (match) => match[1] ?? ""))];
}

/** Returns what a file imports, as written: static, dynamic, re-exported and type-only. */
export function importsOf(text: string): readonly string[] {
  const code = stripComments(text);
  const found = new Set<string>();
  for (const match of code.matchAll(/(?:\bfrom|^\s*import)\s*["']([^"']+)["']/gm)) found.add(match[1] ?? "");
  for (const match of code.matchAll(/\bimport\s*\(\s*["']([^"']+)["']/g)) found.add(match[1] ?? "");
  return [...found];
}

/** Resolves a relative import to a path from the root. */
export function resolveImport(from: string, specifier: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const piece of specifier.split("/")) {
    if (piece === "..") parts.pop();
    else if (piece !== ".") parts.push(piece);
  }
  return parts.join("/");
}

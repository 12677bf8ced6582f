import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Names and bytes of a cache folder's files. */
export type FileSizes = ReadonlyMap<string, number>;

/** Marks a folder as complete: it is written last, before the folder gets its name. */
const manifestName = ".complete";
/** First word of a manifest. A later format gets another number, and the folder is fetched again. */
const formName = "loadline-cache-1";

/** Returns whether a name is a visible file of the folder itself on every system. */
export function isPlainName(name: string): boolean {
  return /^\w[\w.-]{0,199}$/.test(name);
}

/** Writes a folder's manifest: a line with the package's hash, then a line `bytes name` for each file. */
export async function writeManifest(folder: string, sha256: string, files: FileSizes): Promise<void> {
  const lines = [...files].map(([name, bytes]) => `${bytes} ${name}\n`);
  await writeFile(join(folder, manifestName), `${formName} ${sha256}\n${lines.join("")}`, { flush: true });
}

function parseManifest(text: string, sha256: string): FileSizes | undefined {
  const [head, ...lines] = text.split("\n");
  // A truncated manifest lacks its last line break.
  if (head !== `${formName} ${sha256}` || lines.pop() !== "") return undefined;
  const files = new Map<string, number>();
  for (const line of lines) {
    const [, bytes, name] = /^(\d{1,15}) (\S+)$/.exec(line) ?? [];
    if (bytes === undefined || name === undefined || !isPlainName(name)) return undefined;
    files.set(name, Number(bytes));
  }
  return files;
}

/** Returns whether a folder's manifest is of this package and every file has its size. */
export async function isWhole(folder: string, sha256: string): Promise<boolean> {
  const text = await readFile(join(folder, manifestName), "utf8").catch(() => undefined);
  const files = text === undefined ? undefined : parseManifest(text, sha256);
  if (files === undefined || files.size === 0) return false;
  const right = await Promise.all(
    [...files].map(
      async ([name, bytes]) => (await stat(join(folder, name)).catch(() => undefined))?.size === bytes,
    ),
  );
  return right.every(Boolean);
}

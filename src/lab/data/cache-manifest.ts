import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Names and bytes of a cache folder's files. */
export type FileSizes = ReadonlyMap<string, number>;

/** Its presence says that a folder is complete: it is written last, before the folder gets its name. */
const manifestName = ".complete";
/** First word of a manifest; a later form gets another number, and the folder is fetched anew. */
const formName = "loadline-cache-1";

/** A name that is a file in this very folder on every system, and none of those that are hidden. */
export function isPlainName(name: string): boolean {
  return /^\w[\w.-]{0,199}$/.test(name);
}

/** Writes what a folder holds: a line with the package's hash, then a line `bytes name` for each file. */
export async function writeManifest(folder: string, sha256: string, files: FileSizes): Promise<void> {
  const lines = [...files].map(([name, bytes]) => `${bytes} ${name}\n`);
  await writeFile(join(folder, manifestName), `${formName} ${sha256}\n${lines.join("")}`, { flush: true });
}

function parseManifest(text: string, sha256: string): FileSizes | undefined {
  const [head, ...lines] = text.split("\n");
  // A manifest that is cut off lacks its last line break.
  if (head !== `${formName} ${sha256}` || lines.pop() !== "") return undefined;
  const files = new Map<string, number>();
  for (const line of lines) {
    const [, bytes, name] = /^(\d{1,15}) (\S+)$/.exec(line) ?? [];
    if (bytes === undefined || name === undefined || !isPlainName(name)) return undefined;
    files.set(name, Number(bytes));
  }
  return files;
}

/** True where a folder's manifest is of this package and every file is there with its bytes. */
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

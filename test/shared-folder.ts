import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(new URL("../package.json", import.meta.url)));

/** Returns a path in the folder `shared` next to the repository or to a folder above it, or undefined if there is none. */
export function findShared(path: string): string | undefined {
  for (let folder = dirname(root); ; folder = dirname(folder)) {
    const candidate = join(folder, "shared", path);
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) return undefined;
  }
}

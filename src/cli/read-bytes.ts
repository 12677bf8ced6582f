import { readFile, stat } from "node:fs/promises";
import { LoadlineError } from "../shared/errors.ts";
import { readFault } from "../shared/file-errors.ts";
import { MiB } from "../shared/units.ts";

/** A larger file would fill the memory before it is refused. */
const maxFileBytes = 512 * MiB;

/** Reads a file's bytes. Errors: `not-found`, `file-unreadable`. */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > maxFileBytes) {
      throw new LoadlineError(
        "file-unreadable",
        `${path}: got ${size} bytes, allowed: up to ${maxFileBytes}`,
        { details: { path, size } },
      );
    }
    return await readFile(path);
  } catch (cause) {
    throw readFault(path, cause);
  }
}

import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { LoadlineError } from "../../shared/errors.ts";
import type { FileSizes } from "./cache-manifest.ts";
import { isPlainName } from "./cache-manifest.ts";
import { gunzipFile } from "./gunzip.ts";
import { readTar } from "./tar-stream.ts";

/** Which files of a package are kept. */
export interface UnpackChoice {
  readonly name: string;
  /** Returns the plain name under which a file is kept, or undefined to skip it. The path lacks the leading `package/`. */
  readonly pick: (path: string) => string | undefined;
  /** Limit for the unpacked package. */
  readonly maxBytes: number;
}

/** Files that are flushed to disk at a time: the system writes many at once. */
const syncsAtOnce = 8;

function chooseName(path: string, choice: UnpackChoice): string | undefined {
  const kept = choice.pick(path.replace(/^package\//, ""));
  if (kept === undefined || isPlainName(kept)) return kept;
  throw new LoadlineError(
    "invalid-data",
    `${choice.name}: got the file name ${JSON.stringify(kept)}, allowed: a plain name`,
  );
}

async function syncAll(folder: string, names: readonly string[]): Promise<void> {
  for (let at = 0; at < names.length; at += syncsAtOnce) {
    await Promise.all(
      names.slice(at, at + syncsAtOnce).map(async (name) => {
        const handle = await open(join(folder, name), "r+");
        await handle.sync().finally(() => handle.close());
      }),
    );
  }
}

/**
 * Unpacks the chosen files of a package (a gzipped tar file) into a folder as a stream, and flushes them to disk. Returns their names
 * and sizes. Skips links. Refuses a name that leads out of the folder or occurs twice, also if only case differs, which is one file
 * on some systems. Errors: `invalid-data`.
 */
export async function unpackPackage(
  packed: string,
  folder: string,
  choice: UnpackChoice,
): Promise<FileSizes> {
  const files = new Map<string, number>();
  const folded = new Set<string>();
  let handle: FileHandle | undefined;
  try {
    for await (const piece of readTar(gunzipFile(packed, choice.name), choice.name, choice.maxBytes)) {
      const kept = chooseName(piece.path, choice);
      if (kept === undefined) continue;
      if (piece.start === 0) {
        if (folded.has(kept.toLowerCase())) {
          throw new LoadlineError(
            "invalid-data",
            `${choice.name}: got ${JSON.stringify(kept)} twice, allowed: once`,
          );
        }
        folded.add(kept.toLowerCase());
        files.set(kept, piece.size);
        handle = await open(join(folder, kept), "wx");
      }
      await handle?.writeFile(piece.bytes);
      if (piece.start + piece.bytes.length === piece.size) {
        await handle?.close();
        handle = undefined;
      }
    }
  } finally {
    await handle?.close();
  }
  await syncAll(folder, [...files.keys()]);
  return files;
}

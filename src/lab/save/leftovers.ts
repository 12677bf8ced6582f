import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { FileCalls } from "./file-calls.ts";
import { codeOf } from "./file-calls.ts";

/** Makes the name of a temporary file: it holds the file's name and the process that writes it. */
export function temporaryName(name: string): string {
  return `.${name}.${process.pid}-${randomBytes(6).toString("hex")}.tmp`;
}

/** Returns the process that writes a temporary file of this file; undefined for any other name. */
function writerOf(temporary: string, name: string): number | undefined {
  if (!temporary.startsWith(`.${name}.`)) return undefined;
  const found = /^(\d{1,10})-[0-9a-f]{12}\.tmp$/.exec(temporary.slice(name.length + 2));
  return found === null ? undefined : Number(found[1]);
}

function isRunning(pid: number): boolean {
  try {
    // Signal 0 only checks. A process of another user gives EPERM, and is running too.
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/**
 * Removes temporary files of killed writers, not those of running processes. A file with our own process id that is older than we
 * are comes from an earlier process with the same id, as in a restarted container.
 */
export async function removeLeftovers(calls: FileCalls, folder: string, name: string): Promise<void> {
  const startedMs = Date.now() - process.uptime() * 1000;
  for (const each of await calls.list(folder)) {
    const writer = writerOf(each, name);
    if (writer === undefined) continue;
    const path = join(folder, each);
    const left = writer === process.pid ? (await calls.stat(path)).mtimeMs < startedMs : !isRunning(writer);
    if (left) await calls.remove(path);
  }
}

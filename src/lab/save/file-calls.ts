import { open, readdir, realpath, rename, rm, stat } from "node:fs/promises";

/** Code of an error of the system, such as ENOSPC. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** A file that is open for writing. */
export interface OpenFile {
  write(bytes: Uint8Array, offset: number, length: number): Promise<{ readonly bytesWritten: number }>;
  chmod(mode: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** What is known of a file that is there already. */
interface FileFacts {
  readonly mode: number;
  readonly mtimeMs: number;
  isFile(): boolean;
}

/** The calls that writing a file makes, handed in so that a full disk can be tried. */
export interface FileCalls {
  open(path: string, flags: string): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  list(folder: string): Promise<readonly string[]>;
  stat(path: string): Promise<FileFacts>;
  realpath(path: string): Promise<string>;
}

/** The calls of this machine. */
export const nodeCalls: FileCalls = {
  open: (path, flags) => open(path, flags),
  rename,
  remove: (path) => rm(path, { force: true }),
  list: (folder) => readdir(folder),
  stat: (path) => stat(path),
  realpath: (path) => realpath(path),
};

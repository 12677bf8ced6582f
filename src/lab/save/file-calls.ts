import { open, readdir, realpath, rename, rm, stat } from "node:fs/promises";

/** Returns the code of a system error, such as ENOSPC. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** A file open for writing. */
export interface OpenFile {
  write(bytes: Uint8Array, offset: number, length: number): Promise<{ readonly bytesWritten: number }>;
  chmod(mode: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Facts of an existing file. */
interface FileFacts {
  readonly mode: number;
  readonly mtimeMs: number;
  isFile(): boolean;
}

/** The system calls that writing a file makes; tests replace them, for example with a full disk. */
export interface FileCalls {
  open(path: string, flags: string): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  list(folder: string): Promise<readonly string[]>;
  stat(path: string): Promise<FileFacts>;
  realpath(path: string): Promise<string>;
}

/** The system calls of Node.js. */
export const nodeCalls: FileCalls = {
  open: (path, flags) => open(path, flags),
  rename,
  remove: (path) => rm(path, { force: true }),
  list: (folder) => readdir(folder),
  stat: (path) => stat(path),
  realpath: (path) => realpath(path),
};

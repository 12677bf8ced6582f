import { accessSync, constants, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { LoadlineError } from "../shared/errors.ts";

function refuse(path: string, reason: string): never {
  throw new LoadlineError("file-unwritable", `${path}: ${reason}`, { details: { path } });
}

function isFolder(path: string): boolean | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory();
}

/** Returns the nearest folder above a path that exists. */
function existingFolder(path: string): string {
  const parent = dirname(path);
  return isFolder(path) === undefined && parent !== path ? existingFolder(parent) : path;
}

function checkAccess(path: string, shown: string): void {
  try {
    accessSync(path, constants.W_OK);
  } catch {
    refuse(shown, `no permission to write to ${path}`);
  }
}

/**
 * Checks before long work begins that its result can be written to a file: an error after an hour of training is too late. An
 * undefined path passes. Errors: `file-unwritable`.
 */
export function checkWritableFile(path: string | undefined): void {
  if (path === undefined) return;
  if (path === "") refuse('""', "is not a file name. Name a file");
  const full = resolve(path);
  if (isFolder(full) === true) refuse(path, "is a folder. Name a file in it");
  const folder = dirname(full);
  if (isFolder(folder) !== true) refuse(path, `the folder ${folder} does not exist. Create it first`);
  checkAccess(isFolder(full) === undefined ? folder : full, path);
}

/**
 * As `checkWritableFile`, for a file that a complete new one replaces: a device or a pipe cannot be replaced. Errors:
 * `file-unwritable`.
 */
export function checkReplaceableFile(path: string | undefined): void {
  checkWritableFile(path);
  if (path !== undefined && statSync(path, { throwIfNoEntry: false })?.isFile() === false)
    refuse(path, "is not a regular file. Name a file, or a new name");
}

/** Checks that a folder is there and can be written to, or can be created. Errors: `file-unwritable`. */
export function checkWritableFolder(path: string | undefined): void {
  if (path === undefined) return;
  const folder = existingFolder(resolve(path));
  if (isFolder(folder) !== true) refuse(path, `${folder} is a file, not a folder`);
  checkAccess(folder, path);
}

import { LoadlineError } from "../../../shared/errors.ts";
import { requireText } from "../../../shared/options.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { chooseFile } from "./choose-file.ts";

/**
 * Node's modules for files and paths. They are taken when a path is opened and not imported, because a bundler for the browser
 * refuses a `node:` import even where it is never reached.
 */
function nodeModules() {
  const node = globalThis.process as typeof globalThis.process | undefined;
  if (typeof node?.getBuiltinModule !== "function") {
    throw new LoadlineError(
      "invalid-option",
      "model: only Node.js can open a path. In a browser, open an address, or hand a chosen file to blobSource",
      { details: { option: "model" } },
    );
  }
  return { files: node.getBuiltinModule("node:fs/promises"), paths: node.getBuiltinModule("node:path") };
}

type FileStatus = Awaited<ReturnType<ReturnType<typeof nodeModules>["files"]["stat"]>>;

function unreadable(path: string, reason: string, cause?: unknown): LoadlineError {
  return new LoadlineError("file-unreadable", `${path}: ${reason}`, {
    details: { file: path },
    ...(cause === undefined ? {} : { cause }),
  });
}

const modelEnding = /\.(?:gguf|safetensors|json|onnx|keras|h5|bin)$/iu;

/** The name of a fault of the system: ENOENT, EACCES. */
function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : "unknown fault";
}

function systemFault(path: string, doing: string, cause: unknown): LoadlineError {
  const code = codeOf(cause);
  if (code !== "ENOENT" && code !== "ENOTDIR") return unreadable(path, `${doing} failed with ${code}`, cause);
  // how others write a model of the hub
  const isHubLike = /^[\w.-]+\/[\w.-]+(?::[\w.-]+)?$/u.test(path) && !modelEnding.test(path);
  const hint = isHubLike ? ` (a model of the hub is hf:${path})` : "";
  return new LoadlineError("not-found", `${path}: there is no such file${hint}`, {
    details: { file: path },
    cause,
  });
}

async function factsOf(path: string): Promise<FileStatus> {
  const { files } = nodeModules();
  try {
    return await files.stat(path);
  } catch (cause) {
    throw systemFault(path, "looking at it", cause);
  }
}

async function openFile(path: string): Promise<ByteSource> {
  // asked before it is opened: opening a pipe waits for its writer
  if (!(await factsOf(path)).isFile())
    throw unreadable(path, "is no regular file; allowed: files that can be read from any place, and folders");
  const { files, paths } = nodeModules();
  const handle = await files.open(path, "r").catch((cause: unknown) => {
    throw systemFault(path, "opening it", cause);
  });
  const { size } = await handle.stat();
  return {
    name: paths.basename(path),
    byteLength: size,
    read: async (offset, length) => {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      let done = 0;
      while (done < bytes.length) {
        const { bytesRead } = await handle
          .read(bytes, done, bytes.length - done, offset + done)
          .catch((cause: unknown) => {
            throw unreadable(path, `reading byte ${offset + done} failed with ${codeOf(cause)}`, cause);
          });
        // it became shorter since it was opened
        if (bytesRead === 0) return bytes.subarray(0, done);
        done += bytesRead;
      }
      return bytes;
    },
    sibling: async (name) => {
      const beside = paths.join(paths.dirname(path), paths.basename(name));
      try {
        return await openFile(beside);
      } catch (error) {
        if (error instanceof LoadlineError && error.code === "not-found") return undefined;
        throw error;
      }
    },
    close: () => handle.close(),
  };
}

/**
 * A file on a disk, or the model's file of a folder (chosen as `chooseFile` says). Only what is asked for is read.
 * Throws `not-found`; `file-unreadable` for pipes, devices and what may not be read; for a folder with several models
 * `invalid-option`, which lists them.
 */
export async function openPath(path: string): Promise<ByteSource> {
  requireText("path", path, 4096);
  if (!(await factsOf(path)).isDirectory()) return openFile(path);
  const { files, paths } = nodeModules();
  const names = await files.readdir(path).catch((cause: unknown) => {
    throw systemFault(path, "listing it", cause);
  });
  return openFile(paths.join(path, chooseFile(path, names)));
}

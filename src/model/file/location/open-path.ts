import { LoadlineError } from "../../../shared/errors.ts";
import { requireText } from "../../../shared/options.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { chooseFile } from "./choose-file.ts";

/**
 * Returns Node's modules for files and paths. They are not imported: a bundler for the browser rejects a `node:` import even
 * where it is never reached.
 */
function nodeModules() {
  const node = globalThis.process as typeof globalThis.process | undefined;
  if (typeof node?.getBuiltinModule !== "function") {
    throw new LoadlineError(
      "invalid-option",
      "model: only Node.js can open a path. In a browser, open an address, or pass a chosen file to blobSource",
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

/** Returns the code of a system error: ENOENT, EACCES. */
function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : "an unknown error";
}

function systemFault(path: string, doing: string, cause: unknown): LoadlineError {
  const code = codeOf(cause);
  if (code !== "ENOENT" && code !== "ENOTDIR") return unreadable(path, `${doing} failed with ${code}`, cause);
  // Other tools accept hub models in this form.
  const isHubLike = /^[\w.-]+\/[\w.-]+(?::[\w.-]+)?$/u.test(path) && !modelEnding.test(path);
  const hint = isHubLike ? `. For a model of the hub, write hf:${path}` : "";
  return new LoadlineError("not-found", `${path}: no such file${hint}`, {
    details: { file: path },
    cause,
  });
}

async function factsOf(path: string): Promise<FileStatus> {
  const { files } = nodeModules();
  try {
    return await files.stat(path);
  } catch (cause) {
    throw systemFault(path, "reading its status", cause);
  }
}

async function openFile(path: string): Promise<ByteSource> {
  // Checked before it is opened: opening a pipe waits for its writer.
  if (!(await factsOf(path)).isFile())
    throw unreadable(
      path,
      "is not a regular file. Name a folder, or a file that can be read from any offset",
    );
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
        // The file became shorter after it was opened.
        if (bytesRead === 0) return bytes.subarray(0, done);
        done += bytesRead;
      }
      return bytes;
    },
    sibling: async (name) => {
      const sibling = paths.join(paths.dirname(path), paths.basename(name));
      try {
        return await openFile(sibling);
      } catch (error) {
        if (error instanceof LoadlineError && error.code === "not-found") return undefined;
        throw error;
      }
    },
    close: () => handle.close(),
  };
}

/**
 * Opens a file on a disk, or the file of a folder that `chooseFile` picks. Only the requested bytes are read.
 * Errors: `not-found`; `file-unreadable` for pipes, devices and files without permission; `invalid-option` for a folder with
 * several models, with their names.
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

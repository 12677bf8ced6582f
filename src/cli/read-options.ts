import { readFile, stat } from "node:fs/promises";
import { LoadlineError } from "../shared/errors.ts";
import { describeValue } from "../shared/options.ts";
import { readConversation } from "../window/index.ts";
import type { Conversation } from "../window/index.ts";

/** A larger file is no conversation that any machine of today replays; it would fill the memory before it is refused. */
const largestFile = 512 * 1024 * 1024;

/** A number of tokens: `32000`, `32,000`, `32k` or `1.5m`. Errors: `invalid-option`. */
export function readTokens(name: string, text: string | undefined): number {
  const match = /^(\d+(?:\.\d+)?)([km]?)$/i.exec((text ?? "").replaceAll(",", "").replaceAll("_", ""));
  const scale = { "": 1, k: 1_000, m: 1_000_000 }[(match?.[2] ?? "").toLowerCase()];
  const value = match === null || scale === undefined ? Number.NaN : Number(match[1]) * scale;
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new LoadlineError(
      "invalid-option",
      `--${name}: got ${describeValue(text)}, allowed: a number of tokens such as 32000 or 32k`,
      {
        details: { option: name },
      },
    );
  }
  return value;
}

/** Reads a file's bytes. Errors: `file-unreadable`. */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > largestFile) {
      throw new LoadlineError(
        "file-unreadable",
        `${path}: got ${size} bytes, allowed: up to ${largestFile}`,
        { details: { path, size } },
      );
    }
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof LoadlineError) throw cause;
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new LoadlineError("file-unreadable", `${path}: cannot be read (${said})`, {
      cause,
      details: { path },
    });
  }
}

/** Reads a conversation file in any of the formats. */
export async function readConversationFile(path: string): Promise<Conversation> {
  const bytes = await readBytes(path);
  return readConversation(bytes);
}

/** A file's name without its folders, for titles. */
export function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

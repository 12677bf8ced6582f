import { LoadlineError } from "../shared/errors.ts";
import { describeValue, requireOneOf } from "../shared/options.ts";
import { formats, readConversation, readConversations } from "../window/index.ts";
import type { Conversation } from "../window/index.ts";
import { readBytes } from "./read-bytes.ts";
import { readWhole } from "./read-numbers.ts";
import type { Terminal } from "./terminal.ts";

/** Reads a number of tokens: `32000`, `32,000`, `32k` or `1.5m`. Errors: `invalid-option`. */
export function readTokens(name: string, text: string | undefined): number {
  const match = /^(\d+(?:\.\d+)?)([km]?)$/i.exec((text ?? "").replaceAll(",", "").replaceAll("_", ""));
  const scale = { "": 1, k: 1_000, m: 1_000_000 }[(match?.[2] ?? "").toLowerCase()];
  const value = match === null || scale === undefined ? Number.NaN : Number(match[1]) * scale;
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new LoadlineError(
      "invalid-option",
      `--${name}: got ${describeValue(text)}, allowed: a number of tokens such as 32000 or 32k`,
      { details: { option: `--${name}` } },
    );
  }
  return value;
}

/** How errors and titles name what `-` reads. */
export const standardInput = "standard input";

/** Returns a file's name without its folders, for titles; `-` is standard input. */
export function baseName(path: string): string {
  if (path === "-") return standardInput;
  return path.split(/[\\/]/).at(-1) ?? path;
}

/** Runs `read`; a fault of what it reads names the file. */
export function namingFile<Result>(name: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof LoadlineError) || error.message.startsWith(name)) throw error;
    throw new LoadlineError(error.code, `${name}: ${error.message}`, {
      cause: error,
      details: { ...error.details, path: name },
    });
  }
}

/** Reads a file's bytes; `-` reads standard input. Errors: `not-found`, `file-unreadable`. */
export async function readInput(path: string, terminal: Terminal): Promise<Uint8Array> {
  return path === "-" ? await terminal.input() : await readBytes(path);
}

/** Where the system keeps standard input; errors name standard input instead. */
const standardInputPath = "/dev/stdin";

/** Reads a text piece by piece from a file, or from standard input for `-`. An error names what was read. */
export async function readStream<Result>(
  path: string,
  read: (path: string) => Promise<Result>,
): Promise<Result> {
  try {
    return await read(streamPath(path));
  } catch (error) {
    if (!(error instanceof LoadlineError) || path !== "-") throw error;
    const message = error.message.replace(standardInputPath, standardInput);
    throw new LoadlineError(error.code, message, { cause: error, details: error.details });
  }
}

/**
 * Returns the path of a text that is read piece by piece; `-` is the system's name of standard input. CSV is expected there.
 * Errors: `invalid-option` on Windows, which has no such name.
 */
function streamPath(path: string): string {
  if (path !== "-") return path;
  if (process.platform === "win32") {
    throw new LoadlineError("invalid-option", "FILE: - is not supported on Windows. Name a file", {
      details: { option: "FILE" },
    });
  }
  return standardInputPath;
}

/** Returns the conversation of the given number, from 1. Errors: `not-found`. */
export function chooseConversation(found: readonly Conversation[], number: number): Conversation {
  const chosen = found[number - 1];
  if (chosen !== undefined) return chosen;
  throw new LoadlineError(
    "not-found",
    `--conversation: got ${number}, allowed: 1 to ${found.length}, the conversations of the file`,
    { details: { option: "--conversation", conversations: found.length } },
  );
}

/**
 * Refuses a file of which nothing is known in the format that `--format` names: it would be shown as pieces of unknown kinds.
 * Errors: `unknown-format`.
 */
function checkFormat({ messages }: Conversation, format: string | undefined): void {
  const parts = messages.flatMap((message) => message.parts);
  if (format === undefined || parts.length === 0 || parts.some(({ kind }) => kind !== "other")) return;
  throw new LoadlineError(
    "unknown-format",
    `--format: got ${format}, but nothing in the file has that format. Leave --format out to detect the format`,
    { details: { option: "--format" } },
  );
}

/** Which conversation of a file to read, and how. */
interface FileArguments {
  readonly format?: string | undefined;
  readonly conversation?: string | undefined;
}

/**
 * Reads a conversation file in any of the formats, or in the one that `--format` names; of a file with several, the one that
 * `--conversation` names. `-` reads standard input. A fault names the file.
 * Errors: `invalid-option` for an unknown format, `unknown-format` if nothing in the file has it, `not-found`, those of
 * `readConversation`.
 */
export async function readConversationFile(
  path: string,
  args: FileArguments,
  terminal: Terminal,
): Promise<Conversation> {
  const { format, conversation } = args;
  const options = format === undefined ? {} : { format: requireOneOf("--format", format, formats) };
  const number = conversation === undefined ? undefined : readWhole("conversation", conversation, 1);
  const bytes = await readInput(path, terminal);
  return namingFile(path === "-" ? standardInput : path, () => {
    const chosen =
      number === undefined
        ? readConversation(bytes, options)
        : chooseConversation(readConversations(bytes, options), number);
    checkFormat(chosen, format);
    return chosen;
  });
}

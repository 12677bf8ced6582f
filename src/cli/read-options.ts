import { LoadlineError } from "../shared/errors.ts";
import { describeValue } from "../shared/options.ts";
import { readConversation } from "../window/index.ts";
import { readBytes } from "./read-bytes.ts";
import type { Conversation } from "../window/index.ts";

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

/** Reads a conversation file in any of the formats. */
export async function readConversationFile(path: string): Promise<Conversation> {
  const bytes = await readBytes(path);
  return readConversation(bytes);
}

/** A file's name without its folders, for titles. */
export function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

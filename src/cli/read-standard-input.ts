import { LoadlineError } from "../shared/errors.ts";
import { MiB } from "../shared/units.ts";

/** As for a file: more would fill the memory before it is refused. */
const maxInputBytes = 512 * MiB;

/** Reads standard input to its end. Errors: `file-unreadable` for more than 512 MiB, or when nothing is piped in. */
export async function readStandardInput(): Promise<Uint8Array> {
  if (process.stdin.isTTY === true) {
    throw new LoadlineError(
      "file-unreadable",
      "- reads standard input, which is the terminal: pipe a file in, or name one",
    );
  }
  const chunks: Uint8Array[] = [];
  let byteLength = 0;
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    byteLength += chunk.length;
    if (byteLength > maxInputBytes) {
      throw new LoadlineError(
        "file-unreadable",
        `standard input: got more than ${maxInputBytes} bytes, allowed: up to ${maxInputBytes}`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

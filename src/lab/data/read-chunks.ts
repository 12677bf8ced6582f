import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";

/** Bytes read at a time. */
const chunkBytes = 65_536;

/** Reads a file piece by piece. Each piece is a view that is valid until the next one is requested. */
export async function* readChunks(path: string): AsyncGenerator<Uint8Array> {
  const handle: FileHandle = await open(path, "r");
  try {
    const buffer = new Uint8Array(chunkBytes);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, chunkBytes);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

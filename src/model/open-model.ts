import type { ByteSource } from "./file/byte-source.ts";

/**
 * The model's file behind a path, a folder, or an http(s) URL. Only what is asked for is read, never the weights; close it
 * afterwards where it can be closed. Node's file system is loaded for paths alone, so that the rest runs in a browser.
 */
export async function openModel(location: string): Promise<ByteSource> {
  return (await import("./disk/open-path.ts")).openPath(location);
}

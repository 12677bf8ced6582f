import { bytesSource } from "../../model/index.ts";
import type { ModelLocation } from "../../model/index.ts";
import type { Terminal } from "../terminal.ts";

/** Returns where a model is as the library takes it: `-` is read from standard input to its end. */
export async function readLocation(location: string, terminal: Terminal): Promise<ModelLocation> {
  return location === "-" ? bytesSource("standard input", await terminal.input()) : location;
}

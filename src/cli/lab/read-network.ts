import { parseNetwork } from "../../lab/index.ts";
import type { Network } from "../../lab/index.ts";
import { readBytes } from "../read-bytes.ts";

/** A network from a JSON file. Errors: `file-unreadable`, `invalid-json`, `invalid-option`. */
export async function readNetworkFile(path: string): Promise<Network> {
  return parseNetwork(new TextDecoder().decode(await readBytes(path)));
}

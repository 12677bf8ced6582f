import { stat } from "node:fs/promises";
import { holdsNetwork, parseNetwork } from "../../lab/index.ts";
import type { Network } from "../../lab/index.ts";
import { MiB } from "../../shared/units.ts";
import { readBytes } from "../read-bytes.ts";

/** A network of 2,000 layers, the most that are accepted, has less than 1 MiB of JSON. */
const maxNetworkBytes = 16 * MiB;

/** Reads a network from a JSON file. Errors: `file-unreadable`, `invalid-json`, `invalid-option`. */
export async function readNetworkFile(path: string): Promise<Network> {
  return parseNetwork(new TextDecoder().decode(await readBytes(path)), path);
}

/**
 * Reads a network if the location is a local file that holds one; returns undefined for models, folders, URLs and hub names.
 * The content decides, not the file's name. Errors: `file-unreadable`, `invalid-option`.
 */
export async function readNetworkIfAny(location: string): Promise<Network | undefined> {
  const found = await stat(location).catch(() => undefined);
  if (found === undefined || !found.isFile() || found.size > maxNetworkBytes) return undefined;
  const text = new TextDecoder().decode(await readBytes(location));
  return holdsNetwork(text) ? parseNetwork(text, location) : undefined;
}

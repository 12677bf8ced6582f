import { stat } from "node:fs/promises";
import { holdsNetwork, parseNetwork } from "../../lab/index.ts";
import type { Network } from "../../lab/index.ts";
import type { ModelLocation } from "../../model/index.ts";
import { MiB } from "../../shared/units.ts";
import { readBytes } from "../read-bytes.ts";

/** A network of 2,000 layers, the most that are accepted, has less than 1 MiB of JSON. */
const maxNetworkBytes = 16 * MiB;

/** Reads a network from a JSON file. Errors: `file-unreadable`, `invalid-json`, `invalid-option`. */
export async function readNetworkFile(path: string): Promise<Network> {
  return parseNetwork(new TextDecoder().decode(await readBytes(path)), path);
}

/** Returns the text of a local file or source that may be a network; undefined for models, folders, URLs and hub names. */
async function readNetworkText(location: ModelLocation): Promise<string | undefined> {
  if (typeof location !== "string") {
    const { byteLength } = location;
    if (byteLength === undefined || byteLength > maxNetworkBytes) return undefined;
    return new TextDecoder().decode(await location.read(0, byteLength));
  }
  const found = await stat(location).catch(() => undefined);
  if (found === undefined || !found.isFile() || found.size > maxNetworkBytes) return undefined;
  return new TextDecoder().decode(await readBytes(location));
}

/**
 * Reads a network if the location is a local file, or standard input, that holds one; returns undefined for models. The
 * content decides, not the file's name. Errors: `file-unreadable`, `invalid-option`.
 */
export async function readNetworkIfAny(location: ModelLocation): Promise<Network | undefined> {
  const text = await readNetworkText(location);
  if (text === undefined || !holdsNetwork(text)) return undefined;
  return parseNetwork(text, typeof location === "string" ? location : location.name);
}
